import { type Command, InvalidArgumentError } from 'commander';
import type { SecurityTools } from '../app/security-tools.js';
import type { ConfigSources } from '../config/load.js';
import { correlationId } from '../kernel/correlation.js';
import { OrcError } from '../kernel/errors.js';
import { shown } from '../kernel/text.js';
import type { View } from '../operations/view.js';
import { addApprovalCommands } from './approval-commands.js';
import { canAsk, confirm } from './confirm.js';
import { recorded } from './recorded.js';
import { type Output, writeResult } from './render.js';
import { addTrustCommands } from './trust-commands.js';
import { wholeNumber } from './whole-number.js';

export interface SecurityCommandOptions {
  readonly output: Output;
  /** Config sources with these global options. */
  readonly sources: (options: Record<string, unknown>) => ConfigSources;
}

const MAX_REASON = 200;
const MAX_EVENTS = 1000;

function reason(text: string): string {
  if (text.length <= MAX_REASON) return text;
  throw new InvalidArgumentError(`Expected at most ${String(MAX_REASON)} characters.`);
}

async function enter(tools: SecurityTools, why: string): Promise<[Record<string, unknown>, View]> {
  const trouble = await tools.enterLockdown(why);
  const summary = 'Lockdown is on: only reads go on, in every process. It ends with: tmux-orc security unlock';
  return recorded([{ active: true }, { summary }], trouble);
}

/** Only a person ends it: a program in a pane could type the command, but not where there is no terminal of its own. */
async function leave(tools: SecurityTools): Promise<[Record<string, unknown>, View]> {
  await tools.requireOperator('A lockdown is ended by the operator.');
  const facts = await tools.lockdown();
  if (facts === undefined) return [{ active: false }, { summary: 'No lockdown is on.' }];
  if (!canAsk())
    throw new OrcError('DENIED', 'A lockdown is ended at a terminal only.', {
      hint: 'Run tmux-orc security unlock yourself, in a terminal.',
    });
  const since = facts.since === undefined ? '' : ` since ${new Date(facts.since).toISOString()}`;
  const why = facts.reason === undefined || facts.reason === '' ? '' : `: ${shown(facts.reason)}`;
  process.stderr.write(`Lockdown${since}${why}\n`);
  if (!(await confirm('End the lockdown? [y/N] ')))
    throw new OrcError('CANCELLED', 'The lockdown stays on.', { hint: 'Answer y to end it.' });
  const trouble = await tools.leaveLockdown();
  return recorded([{ active: false }, { summary: 'The lockdown has ended.' }], trouble);
}

async function events(tools: SecurityTools, most: number): Promise<[Record<string, unknown>, View]> {
  const found = await tools.events(most);
  const rows = found.map(({ at, class: kind, word, count: times, caller, operation }) =>
    [at, kind, word, String(times), caller, operation].map((cell) => shown(cell)),
  );
  const columns = ['TIME', 'CLASS', 'EVENT', 'COUNT', 'CALLER', 'OPERATION'];
  const view: View = found.length === 0 ? { summary: 'No events.' } : { table: { columns, rows } };
  return [{ events: found }, view];
}

/** `security` beside its operation, and `metrics`: for the operator. They work while the config is refused. */
export function addSecurityCommands(program: Command, { output, sources }: SecurityCommandOptions): void {
  const withTools = async (work: (tools: SecurityTools) => Promise<[Record<string, unknown>, View]>): Promise<void> => {
    const started = performance.now();
    const { openSecurityTools } = await import('../app/security-tools.js');
    const tools = await openSecurityTools(sources(program.opts()), output.err);
    try {
      const [data, view] = await work(tools);
      const meta = { correlationId: correlationId(), durationMs: Math.round(performance.now() - started) };
      writeResult(output, { ok: true, data, view, meta });
    } finally {
      await tools.close();
    }
  };
  // The noun is there: get_security_status is an operation.
  const security = program.commands.find((command) => command.name() === 'security') ?? program.command('security');
  security
    .command('events')
    .description('Shows the last security events, newest first: refusals, changes of trust and settings, lockdowns.')
    .option('-n, --lines <n>', 'how many', wholeNumber(1, MAX_EVENTS), 20)
    .action(({ lines }: { lines: number }) => withTools((tools) => events(tools, lines)));
  addApprovalCommands({ program, security }, withTools);
  addTrustCommands(security, withTools);
  security
    .command('lockdown')
    .description('Stops every change, in every process, until you end it. Reads go on.')
    .option('--reason <text>', 'kept with it', reason, '')
    .action(({ reason: why }: { reason: string }) => withTools((tools) => enter(tools, why)));
  security
    .command('unlock')
    .description('Ends a lockdown. Asks at a terminal.')
    .action(() => withTools(leave));
  program
    .command('metrics')
    .description('Prints counters of all processes in the text format of Prometheus.')
    .action(() =>
      withTools(async (tools) => {
        const text = await tools.metrics();
        return [{ text }, { text: text.trimEnd() }];
      }),
    );
}
