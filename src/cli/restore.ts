import type { Command } from 'commander';
import type { App } from '../app/create-app.js';
import { sleep } from '../kernel/clock.js';
import { ERROR_CODES, type ErrorObject, OrcError } from '../kernel/errors.js';
import { shown } from '../kernel/text.js';
import { NOT_READY_EXIT } from '../operations/agent-life.js';
import { plainText, type View } from '../operations/view.js';
import { show } from './answering.js';
import { requirePerson, type Surroundings } from './attach.js';
import { canAsk, requireYes } from './confirm.js';
import type { Output } from './render.js';

type Restorable = Awaited<ReturnType<App['restorable']>>[number];

interface RestoreFlags {
  readonly only?: readonly string[];
  readonly dryRun?: boolean;
}

/** How the start of one went. */
interface Restored {
  readonly agent: string;
  readonly ready: boolean;
  readonly resumed: boolean;
  readonly state?: string;
  readonly error?: Pick<ErrorObject, 'code' | 'message' | 'hint'>;
}

/** Between two starts, so that a fleet does not begin all at once. */
const STAGGER_MS = 1000;

const yesNo = (is: boolean): string => (is ? 'yes' : 'no');

function planView(plan: readonly Restorable[]): View {
  if (plan.length === 0) return { note: 'Nothing is to be restored.' };
  const columns = ['AGENT', 'PROVIDER', 'ROLE', 'SESSION', 'MODE', 'RESUMES', 'FOLDER'];
  const rows = plan.map(({ name, provider, role, session = '', mode, resumes, cwd }) => [name, provider, role, session, mode, yesNo(resumes), shown(cwd)]);
  return { table: { columns, rows } };
} // prettier-ignore

const planData = (plan: readonly Restorable[]): Record<string, unknown> => ({
  agents: plan.map(({ name, mode, finished: _, fromCopy: __, ...rest }) => ({ agent: name, ...rest, permission_mode: mode })),
}); // prettier-ignore

/** Names of those that are started only where they are named, because they may have been ended since. */
const unsureOf = (all: readonly Restorable[], only: readonly string[] | undefined): readonly string[] =>
  only === undefined ? all.filter(({ finished, fromCopy }) => fromCopy && !finished).map(({ name }) => name) : [];

function withUnsure(view: View, unsure: readonly string[]): View {
  if (unsure.length === 0) return view;
  const note = `Known only from a snapshot, so they may have been ended since, or run already: ${unsure.join(', ')}. To start them all the same: --only ${unsure.join(',')}`;
  return { ...view, note: view.note === undefined ? note : `${view.note} ${note}` };
} // prettier-ignore

/** @throws OrcError NOT_FOUND for a name that cannot be restored */
function chosen(all: readonly Restorable[], only: readonly string[] | undefined): readonly Restorable[] {
  const missing = only?.find((name) => all.every((agent) => agent.name !== name));
  if (missing !== undefined)
    throw new OrcError('NOT_FOUND', `--only: there is no agent "${shown(missing)}" that can be restored.`, {
      hint: 'tmux-orc restore --dry-run shows those that are; list_agents shows those that are there.',
    });
  return only === undefined
    ? all.filter(({ finished, fromCopy }) => !finished && !fromCopy)
    : all.filter(({ name }) => only.includes(name));
}

async function askFirst(plan: readonly Restorable[], yes: boolean): Promise<void> {
  if (yes) return;
  if (!canAsk())
    throw new OrcError('CONFIRMATION_REQUIRED', 'Agents are restored only after a yes.', {
      hint: 'Add --yes, or run it at a terminal. --dry-run shows what would be restored.',
    });
  process.stderr.write(`${plainText(planView(plan))}\n`);
  const what = plan.length === 1 ? 'this agent' : `these ${String(plan.length)} agents`;
  await requireYes(`Start ${what} again?`, 'Nothing was started.', 'Answer y to start them.');
}

async function restoreOne(app: App, agent: string, signal: AbortSignal): Promise<Restored> {
  const args = { agent, resume: true, only_ended: true };
  const result = await app.dispatcher.dispatch({ name: 'restart_agent', args, surface: 'cli', confirmed: true, signal });
  if (!result.ok) {
    const { code, message, hint } = result.error;
    return { agent, ready: false, resumed: false, error: { code, message, hint } };
  }
  const { ready, resumed, agent: is } = result.data as { ready: boolean; resumed: boolean; agent: { state: string } };
  return { agent, ready, resumed, state: is.state };
} // prettier-ignore

/** One after the other; one that fails does not keep the rest from being started. */
async function restoreAll(app: App, plan: readonly Restorable[], signal: AbortSignal): Promise<readonly Restored[]> {
  const done: Restored[] = [];
  for (const { name } of plan) {
    if (done.length > 0) await sleep(STAGGER_MS, signal).catch(() => undefined);
    if (signal.aborted) break;
    done.push(await restoreOne(app, name, signal));
  }
  return done;
}

function doneView(done: readonly Restored[]): View {
  const rows = done.map(({ agent, ready, resumed, state = '', error }) => [
    ...[agent, yesNo(ready), state, yesNo(resumed)],
    error === undefined ? '' : `${error.code}: ${error.message}`,
  ]);
  return { table: { columns: ['AGENT', 'READY', 'STATE', 'RESUMED', 'ERROR'], rows } };
}

function exitOf(done: readonly Restored[], signal: AbortSignal): number {
  if (signal.aborted) return ERROR_CODES.CANCELLED.exit;
  const error = done.find((one) => one.error !== undefined)?.error;
  if (error !== undefined) return ERROR_CODES[error.code].exit;
  return done.every(({ ready }) => ready) ? 0 : NOT_READY_EXIT;
}

interface RestoreOptions extends Pick<Surroundings, 'open' | 'exit'> {
  readonly output: Output;
  /** Ends with the process's own signals. */
  readonly signal: () => AbortSignal;
}

async function restore(app: App, flags: RestoreFlags & { yes: boolean }, { output, exit, signal }: RestoreOptions): Promise<void> {
  const began = performance.now();
  await requirePerson(app);
  const all = await app.restorable();
  const plan = chosen(all, flags.only);
  const unsure = unsureOf(all, flags.only);
  const write = (plain: Record<string, unknown>, told: View): void => {
    const data = unsure.length === 0 ? plain : { ...plain, from_snapshot: unsure };
    show(output, [data, withUnsure(told, unsure)], began);
  };
  if (flags.dryRun === true || plan.length === 0) {
    write(planData(plan), planView(plan));
    return;
  }
  await askFirst(plan, flags.yes);
  const ending = signal();
  const done = await restoreAll(app, plan, ending);
  write({ agents: done }, doneView(done));
  exit(exitOf(done, ending));
} // prettier-ignore

const addName = (text: string, names: readonly string[] = []): readonly string[] => [
  ...names,
  ...text.split(',').filter((name) => name !== ''),
];

/** `restore`: for people, so it is no operation; each start is a call of one. */
export function addRestore(program: Command, options: RestoreOptions): void {
  program
    .command('restore')
    .description('Starts the agents again that a reboot, or the end of the tmux server, has ended. Asks at a terminal.')
    .option('--only <name>', 'only this one; may be repeated', addName)
    .option('--dry-run', 'show what would be restored')
    .action(async (flags: RestoreFlags) => {
      const app = await options.open(true);
      try {
        await restore(app, { ...flags, yes: program.opts<{ yes?: boolean }>().yes === true }, options);
      } finally {
        await app.close();
      }
    });
}
