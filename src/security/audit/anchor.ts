import { createHmac } from 'node:crypto';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { logFile, openFile, readParts } from './files.js';
import type { Head } from './head.js';
import type { AuditKey } from './key.js';

/** The end of the log as it was at some time. A copy of these lines elsewhere proves what the log held then. */
export interface Anchor {
  readonly seq: number;
  readonly mac: string;
}

const NAME = 'anchors.log';

export const anchorFile = (folder: string): string => join(folder, NAME);

const sign = (key: AuditKey, text: string): string =>
  createHmac('sha256', key.secret).update(`anchor ${text}`).digest('hex');

/**
 * Adds the end of the log to the anchor file, which only grows.
 * @throws ForeignFileError, or what the system says
 */
export function writeAnchor(folder: string, { seq, mac, file, bytes, wall }: Head, key: AuditKey): void {
  const path = anchorFile(folder);
  // Only looked at: what is written goes to the end, whoever else writes.
  const there = openFile(path, 'read');
  if (there !== undefined) closeSync(there.fd);
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
  const facts = {
    seq,
    mac,
    file: logFile(folder, file).name,
    bytes,
    timestamp: new Date(wall).toISOString(),
    key: key.id,
  };
  const text = JSON.stringify(facts).slice(0, -1);
  const fd = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    writeSync(fd, `${text},"sign":"${sign(key, text)}"}\n`);
  } finally {
    closeSync(fd);
  }
}

const LINE = /^(.*),"sign":"([0-9a-f]{64})"\}$/;

function readAnchor(line: string, keys: readonly AuditKey[]): Anchor | undefined {
  const [, text = '', sign_ = ''] = LINE.exec(line) ?? [];
  if (!keys.some((key) => sign(key, text) === sign_)) return undefined;
  const { seq, mac } = JSON.parse(`${text}}`) as Anchor;
  return { seq, mac };
}

export interface Anchors {
  /** MAC of a record by its number. */
  readonly macs: ReadonlyMap<number, string>;
  /** Lines that were not signed with one of the keys. */
  readonly unsigned: number;
}

/**
 * @returns nothing when there is no such file
 * @throws ForeignFileError, or what the system says
 */
export async function readAnchors(path: string, keys: readonly AuditKey[]): Promise<Anchors> {
  const macs = new Map<number, string>();
  let unsigned = 0;
  try {
    for await (const { lines } of readParts(path))
      for (const line of lines) {
        const anchor = readAnchor(line.toString(), keys);
        if (anchor === undefined) unsigned++;
        else macs.set(anchor.seq, anchor.mac);
      }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return { macs, unsigned };
}
