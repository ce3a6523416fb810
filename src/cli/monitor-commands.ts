import { type Command, Option } from 'commander';
import type { CommandOptions } from './command-options.js';
import type { EventFlags } from './monitor/events.js';
import type { MonitorSurroundings } from './monitor/surroundings.js';
import { wholeNumber } from './whole-number.js';

const MAX_LINES = 100_000;
const STATUS_HELP = `
Exit code: 0 something watches, 3 nothing does.`;

const withLines = (command: Command): Command =>
  command
    .option('-n, --lines <n>', 'how many', wholeNumber(0, MAX_LINES), 50)
    .option('-f, --follow', 'go on with what comes, until Ctrl-C');

function addProcessCommands(monitor: Command, surroundings: MonitorSurroundings): void {
  monitor
    .command('run')
    .description('Watches in this terminal until Ctrl-C, or waits while another process does.')
    .addOption(new Option('--kept', 'for the process of `start`').hideHelp())
    .action(async ({ kept }: { kept?: true }) => {
      const { runMonitor } = await import('./monitor/run.js');
      await runMonitor(surroundings, kept === true);
    });
  monitor
    .command('start')
    .description('Keeps the monitor running in the background; it is started again when it crashes.')
    .action(async () => {
      const { start } = await import('./monitor/process.js');
      await start(surroundings);
    });
  monitor
    .command('stop')
    .description('Ends the background process, and waits until it is gone.')
    .action(async () => {
      const { stop } = await import('./monitor/process.js');
      await stop(surroundings);
    });
  monitor.command('keep', { hidden: true }).action(async () => {
    const { keep } = await import('./monitor/process.js');
    await keep(surroundings);
  });
}

/** `monitor`: for the operator. Hosts see who watches in the status of the system. */
export function addMonitorCommands(program: Command, options: CommandOptions): void {
  const { output, exit } = options;
  const surroundings = { output, exit, sources: () => options.sources(program.opts()) };
  const monitor = program.command('monitor').description('what watches over the agents of a tmux server');
  monitor.hook('preAction', async () => {
    const { requireOperator } = await import('../app/identity/bound-sources.js');
    await requireOperator(surroundings.sources(), 'The monitor is run by the operator.');
  });
  addProcessCommands(monitor, surroundings);
  monitor
    .command('status')
    .description('Shows who watches, whether the background process runs, and what was seen last.')
    .addHelpText('after', STATUS_HELP)
    .action(async () => {
      const { showStatus } = await import('./monitor/status.js');
      await showStatus(surroundings);
    });
  withLines(monitor.command('logs').description('Shows the last lines of the log of the background process.')).action(
    async (flags: EventFlags) => {
      const { showLogs } = await import('./monitor/logs.js');
      await showLogs(surroundings, flags);
    },
  );
  withLines(monitor.command('events').description('Shows what happened to agents and teams.')).action(
    async (flags: EventFlags) => {
      const { showEvents } = await import('./monitor/events.js');
      await showEvents(surroundings, flags);
    },
  );
}
