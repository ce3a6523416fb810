import { type Command, InvalidArgumentError } from 'commander';
import type { SecurityTools } from '../app/security-tools.js';
import { shown } from '../kernel/text.js';
import type { View } from '../operations/view.js';
import { addApprovalCommands } from './approval-commands.js';
import type { CommandOptions } from './command-options.js';
import { requireTerminal, requireYes } from './confirm.js';
import { recorded } from './recorded.js';
import { addTrustCommands } from './trust-commands.js';
import { wholeNumber } from './whole-number.js';
import type { Result } from './answering.js';
import { withSecurityTools } from './with-security-tools.js';

const MAX_REASON = 200;
const MAX_EVENTS = 1000;

function reason(text: string): string {
  if (text.length <= MAX_REASON) return text;
  throw new InvalidArgumentError(`Expected at most ${String(MAX_REASON)} characters.`);
}

async function enter(tools: SecurityTools, why: string): Promise<Result> {
  const trouble = await tools.enterLockdown(why);
  const summary = 'Lockdown is on: only reads go on, in every process. It ends with: tmux-orc security unlock';
  return recorded([{ active: true }, { summary }], trouble);
}

async function leave(tools: SecurityTools): Promise<Result> {
  await tools.requireOperator('A lockdown is ended by the operator.');
  const facts = await tools.lockdown();
  if (facts === undefined) return [{ active: false }, { summary: 'No lockdown is on.' }];
  requireTerminal('A lockdown is ended');
  const since = facts.since === undefined ? '' : ` since ${new Date(facts.since).toISOString()}`;
  const why = facts.reason === undefined || facts.reason === '' ? '' : `: ${shown(facts.reason)}`;
  process.stderr.write(`Lockdown${since}${why}\n`);
  await requireYes('End the lockdown?', 'The lockdown stays on.', 'Answer y to end it.');
  const trouble = await tools.leaveLockdown();
  return recorded([{ active: false }, { summary: 'The lockdown has ended.' }], trouble);
}

async function events(tools: SecurityTools, most: number): Promise<Result> {
  const found = await tools.events(most);
  const rows = found.map(({ at, class: kind, word, count: times, caller, operation }) =>
    [at, kind, word, String(times), caller, operation].map((cell) => shown(cell)),
  );
  const columns = ['TIME', 'CLASS', 'EVENT', 'COUNT', 'CALLER', 'OPERATION'];
  const view: View = found.length === 0 ? { summary: 'No events.' } : { table: { columns, rows } };
  return [{ events: found }, view];
}

/** `security` beside its operation, and `metrics`: for the operator. They work while the config is refused. */
export function addSecurityCommands(program: Command, options: Omit<CommandOptions, 'exit'>): void {
  const withTools = withSecurityTools(program, options);
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
