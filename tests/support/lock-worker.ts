// A process of its own that takes a lock, says so, and keeps it until it is told to go on or killed.
import { createProcessLock } from '../../src/store/sqlite/process-lock.js';

export interface LockWorkerArguments {
  readonly root: string;
  readonly mode: 'shared' | 'alone';
}

async function run({ root, mode }: LockWorkerArguments): Promise<void> {
  const lock = createProcessLock({ root, folder: root, name: 'x.lock' });
  process.stdout.write(`${JSON.stringify(await lock.take(mode))}\n"ready"\n`);
  await new Promise((resolve) => process.stdin.once('data', resolve));
  lock.release();
  lock.close();
  process.stdin.destroy();
}

if (process.argv[2] !== undefined) void run(JSON.parse(process.argv[2]) as LockWorkerArguments);
