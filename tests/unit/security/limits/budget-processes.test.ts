import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { budgetLeft, takeBudget } from '../../../../src/security/limits/budget.js';
import type { WorkerArguments } from '../../../support/limit-worker.js';
import { createStoreWorld, type StoreWorld } from '../../../support/store-world.js';
import { createWorkers, type Workers } from '../../../support/workers.js';

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

const budget = { key: 'host:tests server', limits: { max: 500, ttlMs: 3_600_000 } };

describe('processes with one budget', () => {
  it('spend exactly that much together, whatever the wall clock says', { timeout: 120_000 }, async () => {
    const day = 86_400_000;
    const started = Array.from({ length: 8 }, (_, n) =>
      workers.start({ root: world.root, timeoutMs: 5000, task: { do: 'budget', calls: 100, ...budget, shiftMs: ((n % 3) - 1) * day } }),
    ); // prettier-ignore
    await Promise.all(started.map(({ ready }) => ready));
    for (const { go } of started) go();
    await Promise.all(started.map(({ ended }) => ended));
    const results = started.map(({ lines }) => lines[0] as { admitted: number; failed: number });
    const sum = (of: 'admitted' | 'failed'): number => results.reduce((all, result) => all + result[of], 0);
    expect([sum('admitted'), sum('failed')]).toEqual([500, 0]);
    // It holds for whoever comes later, too.
    expect(await world.open().transact((tx) => takeBudget(tx, budget.key, budget.limits))).toMatchObject({ admitted: false }); // prettier-ignore
    expect(world.notices).toEqual([]);
  });

  it('lose nothing that was counted when they are killed', { timeout: 120_000 }, async () => {
    const KILLS = 20;
    const large = { ...budget, limits: { ...budget.limits, max: 10_000_000 } };
    let acknowledged = 0;
    for (let kill = 0; kill < KILLS; kill += 2) {
      const pair = [0, 1].map(() =>
        workers.start({ root: world.root, timeoutMs: 60_000, task: { do: 'spend', ...large } }),
      );
      await Promise.all(pair.map(({ ready }) => ready));
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 60));
      for (const { child } of pair) child.kill('SIGKILL');
      await Promise.all(pair.map(({ ended }) => ended));
      acknowledged += pair.reduce((all, { lines }) => all + lines.length, 0);
    }
    const { calls, max } = await world.open().read((view) => budgetLeft(view, large.key, large.limits));
    // Each that was told had happened; those in flight at a kill may have as well.
    expect(max - calls).toBeGreaterThanOrEqual(acknowledged);
    expect(max - calls).toBeLessThanOrEqual(acknowledged + KILLS);
    expect(acknowledged).toBeGreaterThan(KILLS);
  });
});
