import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AuditWorkerArguments } from '../../../support/audit-worker.js';
import { type AuditWorld, createAuditWorld } from '../../../support/audit-world.js';
import { createWorkers, type Worker, type Workers } from '../../../support/workers.js';

let workers: Workers<AuditWorkerArguments>;
let world: AuditWorld;
beforeAll(async () => {
  workers = await createWorkers<AuditWorkerArguments>('audit-worker.ts');
});
afterAll(() => {
  workers.close();
});
beforeEach(() => {
  world = createAuditWorld();
});
afterEach(() => world.close());

describe('many processes that write one log', () => {
  it('keep every acknowledged record and a sound chain, however many are killed', { timeout: 120_000 }, async () => {
    const acknowledged: unknown[] = [];
    const start = (): Worker => workers.start({ root: world.root, maxBytes: 200_000, lanes: 4 });
    const kill = async (worker: Worker): Promise<void> => {
      worker.child.kill('SIGKILL');
      await worker.ended;
      acknowledged.push(...worker.lines);
    };
    const started = Array.from({ length: 8 }, start);
    await Promise.all(started.map(({ ready }) => ready));
    // Six of the first, then each that takes the place of one.
    for (let round = 0; round < 4; round++) {
      for (let n = 0; n < 6; n++) {
        await sleep(20 + Math.random() * 60);
        await kill(started[n]!);
        started[n] = start();
      }
      await Promise.all(started.map(({ ready }) => ready));
      expect(await world.verify()).toMatchObject({ status: 'ok' });
    }
    await Promise.all(started.map(kill));
    const verdict = await world.verify();
    expect(verdict).toMatchObject({ status: 'ok', bad: undefined });
    const ids = world.records().flatMap(({ event_id: id, outcome }) => (outcome?.status === 'pending' ? [id] : []));
    const present = new Set(ids);
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((id) => !present.has(id as string))).toEqual([]);
    // Nothing stands twice.
    expect(ids).toHaveLength(present.size);
    expect(world.files().length).toBeGreaterThan(1);
    // Whoever comes next goes on with it.
    const log = world.open();
    await log.commit({ event_id: 'last', event_type: 'security', actor: log.self, action: { operation: 'last' } });
    expect(await world.verify()).toMatchObject({ status: 'ok' });
  });
});
