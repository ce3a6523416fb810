import { rmSync } from 'node:fs';
import type Libsql from 'libsql';
import type { BootClock } from '../../kernel/boot-clock.js';
import { makePrivateFile } from '../../config/private-files.js';
import { type Change, planRestore, type RestoreRules } from '../restoring.js';
import type { Saved } from '../saved.js';
import { storeTime } from '../store-clock.js';
import type { Place } from './connection.js';
import { readCopy } from './copy.js';
import { migrate } from './schema.js';
import { listSnapshots, storeId, sync, unfinishedPath } from './snapshot-files.js';

/** A database that can take the place of a damaged one. */
export interface FallBack {
  readonly path: string;
  /** When the snapshot that it was made from was made: wall clock, milliseconds since the epoch. */
  readonly at: number;
  /** Newer snapshots that cannot be used. */
  readonly unsound: number;
}

function changesFrom(saved: Saved, rules: RestoreRules, clock: BootClock): Change[] {
  // The new database goes on with the clock of the copy, so no time in it has to be converted.
  const { mono } = storeTime(clock(), saved.clock).now;
  return planRestore({ list: () => [] }, { saved, rules, when: 'afterDamage', mono, shiftMs: 0 });
}

function write(driver: typeof Libsql, path: string, saved: Saved, changes: readonly Change[]): void {
  const database = new driver(path, { timeout: 0 });
  try {
    // Without a log of its own: that would stay behind, because the driver closes it only when all statements are gone.
    migrate(database);
    database.exec('BEGIN IMMEDIATE');
    const insert = database.prepare('INSERT INTO entries (tbl, key, version, value, expires) VALUES (?, ?, ?, ?, ?)');
    for (const change of changes) {
      if (change.kind === 'removed') continue;
      const { table, key, version, value, expiresAt } = change.row;
      insert.run([table, key, version, JSON.stringify(value), expiresAt]);
    }
    if (saved.clock !== undefined) {
      const { boot, suspended, shift, mono, wall } = saved.clock;
      database
        .prepare('INSERT INTO clock (one, boot, suspended, shift, mono, wall) VALUES (1, ?, ?, ?, ?, ?)')
        .run([boot, suspended, shift, mono, wall]);
    }
    database.exec('COMMIT');
  } finally {
    database.close();
  }
}

function discard(path: string): void {
  for (const part of ['', '-journal']) rmSync(`${path}${part}`, { force: true });
}

export interface FallBackOptions {
  readonly driver: typeof Libsql;
  readonly place: Place;
  readonly rules: RestoreRules;
  readonly clock: BootClock;
}

/**
 * Makes a database from the newest snapshot that can be used.
 * @returns undefined when there is none: never a reason not to go on
 */
export function makeFallBack({ driver, place, rules, clock }: FallBackOptions): FallBack | undefined {
  const snapshots = listSnapshots(place, clock().wall);
  for (const [unsound, snapshot] of snapshots.entries()) {
    const path = unfinishedPath(place.folder);
    try {
      const saved = readCopy(driver, snapshot.path);
      if (saved.id !== storeId(place)) continue;
      makePrivateFile(path);
      write(driver, path, saved, changesFrom(saved, rules, clock));
      sync(path);
      return { path, at: saved.at, unsound };
    } catch {
      // The one before may do.
      discard(path);
    }
  }
  return undefined;
}
