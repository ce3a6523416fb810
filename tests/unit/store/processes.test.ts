import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decideRate } from '../../../src/security/limits/rate-limit.js';
import type { RateScope } from '../../../src/security/limits/rate-scopes.js';
import { readCopyFile } from '../../../src/store/sqlite/copy.js';
import { numbers, ROWS, type WorkerArguments } from '../../support/limit-worker.js';
import { createStoreWorld, type StoreWorld } from '../../support/store-world.js';
import { createWorkers, type Worker, type Workers } from '../../support/workers.js';
import { until } from '../../support/world.js';

let workers: Workers<WorkerArguments>;
let world: StoreWorld;
beforeAll(async () => {
  workers = await createWorkers();
});
afterAll(() => {
  workers.close();
});
beforeEach(() => {
  world = createStoreWorld();
});
afterEach(() => world.close());

const scope = (max: number, key: string, burst: number | undefined): RateScope => ({
  ...{ name: 'caller', key, max, windowMs: 3_600_000, burst },
});

interface Result {
  readonly admitted: number;
  readonly failed: number;
}

describe('processes on one store', () => {
  it('admit exactly the limit together, and no wall clock matters', { timeout: 120_000 }, async () => {
    const scopes = [scope(1000, 'caller a', 1000), scope(3000, 'user', undefined)];
    const day = 86_400_000;
    const started = Array.from({ length: 8 }, (_, n) =>
      workers.start({ root: world.root, timeoutMs: 5000, task: { do: 'limit', calls: 400, scopes, shiftMs: ((n % 3) - 1) * day } }),
    ); // prettier-ignore
    await Promise.all(started.map(({ ready }) => ready));
    for (const { go } of started) go();
    await Promise.all(started.map(({ ended }) => ended));
    const results = started.map(({ lines }) => lines[0] as Result);
    const sum = (of: keyof Result): number => results.reduce((all, result) => all + result[of], 0);
    expect([sum('admitted'), sum('failed')]).toEqual([1000, 0]);
    // What was refused has consumed nothing of the other scope.
    const store = world.open();
    const decide = (given: RateScope[]) => store.transact((tx) => decideRate(tx, given, undefined, 0));
    expect((await decide(scopes)).admitted).toBe(false);
    const left = await Promise.all(Array.from({ length: 2100 }, () => decide([scopes[1]!])));
    expect(left.filter(({ admitted }) => admitted)).toHaveLength(2000);
    expect(world.notices).toEqual([]);
  });

  it('leave a store that opens and counts right, however often they are killed', { timeout: 180_000 }, async () => {
    const KILLS = 100;
    let acknowledged = 0;
    let killed = 0;
    const check = async (): Promise<number> => {
      const store = world.open({ timeoutMs: () => 5000 });
      const started = performance.now();
      const sum = await store.transact((tx) => {
        const total = tx.get(numbers, 'sum') ?? 0;
        const rows = tx.list(numbers, { prefix: `row ${String(total)} `, limit: 1000 });
        expect(rows).toHaveLength(total === 0 ? 0 : ROWS);
        expect(tx.list(numbers, { prefix: `row ${String(total + 1)} ` })).toEqual([]);
        return total;
      });
      expect(performance.now() - started).toBeLessThan(2000);
      await store.close();
      return sum;
    };
    const lane = async (worker: number): Promise<void> => {
      while (killed < KILLS) {
        killed++;
        const running: Worker = workers.start({ root: world.root, timeoutMs: 60_000, task: { do: 'count', worker } });
        await running.ready;
        await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
        running.child.kill('SIGKILL');
        await running.ended;
        acknowledged += running.lines.length;
        if (worker === 0) expect(await check()).toBeGreaterThanOrEqual(running.lines.length);
      }
    };
    // Also when one of them fails: what still runs would write to a folder that is gone.
    const lanes = await Promise.allSettled([0, 1, 2].map(lane));
    for (const result of lanes) if (result.status === 'rejected') throw result.reason;
    const sum = await check();
    const store = world.open();
    const all = await store.read((view) => view.list(numbers, { prefix: 'row ', limit: 10_000_000 }).length);
    expect(all).toBe(sum * ROWS);
    // Each that was told had happened; those in flight at a kill may have as well.
    expect(sum).toBeGreaterThanOrEqual(acknowledged);
    expect(sum).toBeLessThanOrEqual(acknowledged + KILLS + 3);
    // A busy machine does little between two kills, but it does some.
    expect(acknowledged).toBeGreaterThan(KILLS / 10);
    expect(world.notices).toEqual([]);
  });

  it('make snapshots beside each other, each of one moment', { timeout: 60_000 }, async () => {
    const count = [0, 1].map((worker) =>
      workers.start({ root: world.root, timeoutMs: 10_000, task: { do: 'count', worker } }),
    );
    await Promise.all(count.map(({ ready }) => ready));
    const stores = [world.open({ timeoutMs: () => 10_000 }), world.open({ timeoutMs: () => 10_000 })];
    const now = Date.now();
    // Also in the same millisecond.
    const taken = Array.from({ length: 12 }, (_, i) =>
      stores[i % 2]!.snapshots!.take({ now: now + Math.floor(i / 2) }),
    );
    await Promise.all(taken);
    for (const { child, ended } of count) {
      child.kill('SIGKILL');
      await ended;
    }
    const found = stores[0]!.snapshots!.list(now + 1000);
    expect(found).toHaveLength(6);
    for (const { path } of found) {
      const { rows } = await readCopyFile(path);
      const sum = Number(rows.find(({ key }) => key === 'sum')?.value ?? 0);
      expect(rows.filter(({ key }) => key.startsWith('row '))).toHaveLength(sum * ROWS);
    }
    expect(readdirSync(join(world.root, 'snapshots')).filter((name) => !name.startsWith('user-'))).toEqual([]);
  });

  it('go on from one snapshot when all meet the damage at once', { timeout: 60_000 }, async () => {
    const first = world.open();
    await first.transact((tx) => {
      for (let row = 0; row < ROWS; row++) tx.put(numbers, `row 1 ${String(row)}`, 0);
      tx.put(numbers, 'sum', 1);
    });
    await first.snapshots!.take();
    await first.close();
    const raw = new Database(world.path);
    raw.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    raw.close();
    writeFileSync(world.path, Buffer.alloc(40_000, 0xa5));
    const task = (worker: number) => ({ root: world.root, timeoutMs: 20_000, task: { do: 'count', worker } }) as const;
    const running = [0, 1, 2, 3, 4].map((worker) => workers.start(task(worker)));
    try {
      await until('all to go on', () => running.every(({ lines }) => lines.length > 5), 20_000);
    } finally {
      for (const { child } of running) child.kill('SIGKILL');
      await Promise.all(running.map(({ ended }) => ended));
    }
    await world.open({ timeoutMs: () => 5000 }).transact((tx) => {
      const total = tx.get(numbers, 'sum') ?? 0;
      expect(total).toBeGreaterThan(1 + 5 * 5);
      expect(tx.list(numbers, { prefix: 'row ', limit: 10_000_000 })).toHaveLength(total * ROWS);
    });
    const files = readdirSync(world.root);
    expect(files.filter((name) => /corrupt-\w+-\w+$/.test(name))).toHaveLength(1);
    expect(files.filter((name) => /part|repair/.test(name))).toEqual([]);
  });

  it('start cold at the same time', { timeout: 60_000 }, async () => {
    const scopes = [scope(1000, 'caller a', 1000)];
    const started = Array.from({ length: 12 }, () =>
      workers.start({ root: world.root, timeoutMs: 10_000, task: { do: 'limit', calls: 5, scopes } }),
    );
    for (const { go } of started) go();
    await Promise.all(started.map(({ ended }) => ended));
    expect(started.map(({ lines }) => lines[0])).toEqual(
      Array.from({ length: 12 }, () => ({ admitted: 5, failed: 0 })),
    );
  });
});
