import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRetention, type Retention } from '../../../src/app/retention.js';
import type { AuditLog } from '../../../src/security/audit/log.js';
import { auditEvent, type AuditWorld, createAuditWorld } from '../../support/audit-world.js';

const DAY_MS = 86_400_000;
let world: AuditWorld;
let retentions: Retention[];
beforeEach(() => {
  world = createAuditWorld();
  retentions = [];
});
afterEach(async () => {
  await Promise.all(retentions.map((retention) => retention.close(true)));
  await world.close();
});

const write = async (log: AuditLog, count: number): Promise<void> => {
  for (let i = 0; i < count; i++) await log.commit(auditEvent());
};

/** Files of the past, and a log that goes on today. */
async function grown(ageDays: number): Promise<AuditLog> {
  const now = Date.now;
  Date.now = () => now() - ageDays * DAY_MS;
  const old = world.open({ maxBytes: () => 1500 });
  await write(old, 6);
  await old.close();
  Date.now = now;
  const log = world.open({ maxBytes: () => 1500 });
  await write(log, 4);
  return log;
}

function retain(log: AuditLog, days: number | null): Retention {
  const told = (level: string) => (message: string) => world.told.push({ level, message, fields: {} });
  const retention = createRetention({
    ...{ folder: world.folder, log, keys: () => [world.key()] },
    settings: () => ({ enabled: true, max_bytes: 1500, retention_days: days, key_file: null }),
    logger: { debug: told('debug'), info: told('info'), warn: told('warn'), error: told('error') },
  });
  retentions.push(retention);
  return retention;
}

const look = async (retention: Retention): Promise<void> => {
  retention.look();
  await retention.close(true);
};

describe('retention', () => {
  it('removes files whose records are all older, and leaves a tombstone that verifies', async () => {
    const log = await grown(40);
    const before = world.files();
    await look(retain(log, 30));
    const after = world.files();
    expect(after.length).toBeLessThan(before.length);
    expect(after.at(-1)! >= before.at(-1)!).toBe(true);
    const [tombstone] = world.records().filter(({ action }) => action.operation === 'audit_pruned');
    expect(tombstone?.action.arguments).toMatchObject({ reason: 'retention', verified: true });
    expect(await world.verify()).toMatchObject({ status: 'ok', bad: undefined });
    // Again, later: the one before is not needed any more.
    await look(retain(log, 30));
    expect(world.files()).toEqual(after);
    rmSync(join(world.folder, after[0]!));
    expect((await world.verify()).status).toBe('truncated');
  });

  it('leaves what is younger, and everything without a number of days', async () => {
    const log = await grown(40);
    const before = world.files();
    await look(retain(log, 60));
    await look(retain(log, null));
    expect(world.files()).toEqual(before);
  });

  it('leaves what does not verify, and says so', async () => {
    const log = await grown(40);
    const [first = ''] = world.files();
    writeFileSync(join(world.folder, first), world.text(first).replace('list_sessions', 'lost_sessions'));
    const before = world.files();
    await look(retain(log, 30));
    expect(world.files()).toEqual(before);
    expect(world.told).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'old files of the audit log stay' }),
    );
  });
});
