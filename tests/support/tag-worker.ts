// A process of its own that redacts one text; prints it.
import { createOutgoing } from '../../src/app/outgoing.js';

export interface TagWorkerArguments {
  /** The state folder is below it. */
  readonly state: string;
  readonly text: string;
}

async function run({ state, text }: TagWorkerArguments): Promise<void> {
  const outgoing = createOutgoing({
    ...{ env: { HOME: state, XDG_STATE_HOME: state }, cwd: state },
    settings: () => ({ secrets: true, pii: false, custom: [] }),
  });
  await outgoing.prepare();
  process.stdout.write('"ready"\n');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  process.stdout.write(`${JSON.stringify(outgoing.text(text))}\n`);
  process.stdin.destroy();
}

if (process.argv[2] !== undefined) void run(JSON.parse(process.argv[2]) as TagWorkerArguments);
