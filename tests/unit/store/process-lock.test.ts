import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessLock } from '../../../src/kernel/process-lock.js';
import { createProcessLock } from '../../../src/store/sqlite/process-lock.js';
import type { LockWorkerArguments } from '../../support/lock-worker.js';
import { createWorkers, type Worker, type Workers } from '../../support/workers.js';

let workers: Workers<LockWorkerArguments>;
let root: string;
let lock: ProcessLock;
beforeAll(async () => {
  workers = await createWorkers<LockWorkerArguments>('lock-worker.ts');
});
afterAll(() => {
  workers.close();
});
beforeEach(() => {
  root = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/nowhere', 'l-'));
  lock = createProcessLock({ root, folder: root, name: 'x.lock' });
});
afterEach(() => {
  lock.close();
  rmSync(root, { recursive: true, force: true });
});

const holding = async (mode: LockWorkerArguments['mode']): Promise<Worker> => {
  const worker = workers.start({ root, mode });
  await worker.ready;
  expect(worker.lines).toEqual([true]);
  return worker;
};

/** What may be taken now. */
const free = async (): Promise<string[]> => {
  const modes: string[] = [];
  for (const mode of ['shared', 'alone'] as const) {
    if (await lock.take(mode)) modes.push(mode);
    lock.release();
  }
  return modes;
};

describe('a lock of processes', () => {
  it('is shared beside others that share it, and alone beside nobody', async () => {
    expect(await free()).toEqual(['shared', 'alone']);
    for (const [mode, left] of [['shared', ['shared']], ['alone', []]] as const) {
      const worker = await holding(mode);
      expect(await free()).toEqual(left);
      worker.go();
      await worker.ended;
      expect(await free()).toEqual(['shared', 'alone']);
    }
  }); // prettier-ignore

  it('is let go by the end of who holds it, however it ends', async () => {
    const worker = await holding('alone');
    worker.child.kill('SIGKILL');
    await worker.ended;
    expect(await free()).toEqual(['shared', 'alone']);
  });

  it('is had alone at last, however many come to share it: nobody begins any more', async () => {
    const worker = await holding('shared');
    expect(await lock.take('alone')).toBe(false);
    const late = workers.start({ root, mode: 'shared' });
    await late.ready;
    expect(late.lines).toEqual([false]);
    worker.go();
    await worker.ended;
    expect(await lock.take('alone')).toBe(true);
    lock.release();
    late.go();
    await late.ended;
    expect(await free()).toEqual(['shared', 'alone']);
  });

  it('is one also where its files were removed', async () => {
    expect(await lock.take('shared')).toBe(true);
    lock.release();
    for (const name of ['x.lock', 'x.lock.gate']) rmSync(join(root, name));
    const worker = await holding('alone');
    expect(await free()).toEqual([]);
    worker.child.kill('SIGKILL');
    await worker.ended;
  });

  it('is a file of ours alone, made when it is first taken, and nothing beside it', async () => {
    const path = join(root, 'x.lock');
    expect(existsSync(path)).toBe(false);
    expect(await lock.take('alone')).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).size).toBe(0);
    lock.release();
    lock.release();
  });

  it('cannot be had once it is closed', async () => {
    lock.close();
    await expect(lock.take('shared')).rejects.toMatchObject({ code: 'closed' });
  });
});
