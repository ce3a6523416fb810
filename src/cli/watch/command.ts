import type { Command } from 'commander';
import type { Surroundings } from '../attach.js';
import { wholeNumber } from '../whole-number.js';
import type { WatchFlags } from './run.js';

/** `watch`: for people. Its parts are loaded when it runs. */
export function addWatch(program: Command, surroundings: Surroundings): void {
  program
    .command('watch')
    .description('follow panes live on one screen; piped, print what they print')
    .argument('[targets...]', 'sessions, windows or panes, by id or exact name; default: all panes')
    .option('--interval <ms>', 'shortest time between two looks at a pane', wholeNumber(50, 60_000), 250)
    .option(
      '--lines <n>',
      'most lines of each pane (default: as many as fit); piped: lines to begin with (default: 0)',
      wholeNumber(1, 1000),
    )
    .action(async (targets: string[], flags: WatchFlags) => {
      const { runWatch } = await import('./run.js');
      await runWatch(surroundings, targets, flags);
    });
}
