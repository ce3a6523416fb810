import { type Command, InvalidArgumentError } from 'commander';
import type { FilterFlags, PruneFlags, TailFlags, VerifyFlags } from './audit/flags.js';
import { parseTime } from './audit/time.js';
import type { CommandOptions } from './command-options.js';
import { wholeNumber } from './whole-number.js';

function time(text: string): number {
  const value = parseTime(text, Date.now());
  if (value === undefined)
    throw new InvalidArgumentError(
      'Expected a date such as 2026-11-20, a time such as 2026-11-20T08:00Z, or 30m, 12h, 7d.',
    );
  return value;
}

/** An intent alone says nothing: whether its outcome followed is told by `verify`. */
function outcome(text: string): string {
  if (text.toLowerCase() !== 'pending') return text;
  throw new InvalidArgumentError('Intents without an outcome are counted by: tmux-orc audit verify.');
}

const VERIFY_HELP = `
Exit code: 0 sound, 1 changed, 2 cut off or missing, 3 signed with a key that is not here.`;

function withFilters(command: Command): Command {
  return command
    .option('--caller <id>', 'only of this caller, for example operator')
    .option('--operation <name>', 'only of this operation')
    .option('--outcome <word>', 'only with this outcome: ok, error, refused, or an error code', outcome)
    .option('--since <time>', 'only from this time on: a date, or 30m, 12h, 7d', time);
}

/** `audit`: for the operator. Nothing of it is an operation, so no host can read, check or cut the log. */
export function addAuditCommands(program: Command, options: CommandOptions): void {
  const { output, exit } = options;
  const surroundings = { output, exit, sources: () => options.sources(program.opts()) };
  const audit = program.command('audit').description('the record of every call: look, prove, export, prune');
  audit.hook('preAction', async () => {
    const { requireOperator } = await import('../app/identity/bound-sources.js');
    await requireOperator(surroundings.sources(), 'The audit log is for the operator.');
  });

  withFilters(audit.command('tail').description('Shows the last records.'))
    .option('-n, --lines <n>', 'how many', wholeNumber(0, 100_000), 20)
    .option('-f, --follow', 'go on with what is recorded from now on')
    .action(async (flags: TailFlags) => {
      const { tail } = await import('./audit/tail.js');
      await tail(surroundings, flags);
    });
  audit
    .command('verify')
    .description('Proves that no record was changed, removed or put in, and names the first that was.')
    .option('--anchor <file>', 'a copy of anchors.log that was kept elsewhere')
    .option('--key-file <file>', 'a key that signed earlier')
    .addHelpText('after', VERIFY_HELP)
    .action(async (flags: VerifyFlags) => {
      const { verifyLog } = await import('./audit/verify.js');
      await verifyLog(surroundings, flags);
    });
  withFilters(audit.command('export').description('Writes records to stdout, a line each, as far as they are proven.'))
    .addHelpText('after', VERIFY_HELP)
    .action(async (flags: FilterFlags) => {
      const { exportLog } = await import('./audit/export.js');
      await exportLog(surroundings, flags);
    });
  audit
    .command('prune')
    .description('Removes files whose records are all older. A signed record says so.')
    .option('--before <time>', 'older than this: a date, or 30d', time)
    .option('--keep-days <n>', 'older than so many days', wholeNumber(0, 36_500))
    .option('--damaged', 'also files that do not verify')
    .action(async (flags: Omit<PruneFlags, 'yes'>) => {
      const { pruneLog } = await import('./audit/prune.js');
      await pruneLog(surroundings, { ...flags, yes: program.opts<{ yes?: boolean }>().yes === true });
    });
}
