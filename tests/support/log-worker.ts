// A process of its own that fills the log.
import { createFileLog } from '../../src/log/file-log.js';

export interface LogWorkerArguments {
  readonly root: string;
  readonly name: string;
  readonly lines: number;
  readonly maxBytes: number;
  readonly keep: number;
}

async function run({ root, name, lines, maxBytes, keep }: LogWorkerArguments): Promise<void> {
  const onProblem = (reason: string): void => {
    process.stdout.write(`${JSON.stringify(reason)}\n`);
  };
  const log = createFileLog({ root, folder: `${root}/log`, maxBytes, keep, onProblem });
  process.stdout.write('"ready"\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  for (let n = 0; n < lines; n++) {
    log.write('info', { message: `line ${String(n)}`, name, padding: 'x'.repeat(n % 700) });
    if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await log.close();
  process.stdin.destroy();
}

if (process.argv[2] !== undefined) void run(JSON.parse(process.argv[2]) as LogWorkerArguments);
