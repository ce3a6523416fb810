import { resolve } from 'node:path';
import type { Command } from 'commander';
import { workingFolder } from '../../exec/working-folder.js';
import type { CommandOptions } from '../command-options.js';

const HELP = `
Each line is a pass, a warning or a failure; warnings and failures say what to do.
Nothing is changed. Whether the program works is told by: tmux-orc doctor

Exit code: 0 without failures, 1 when something fails.`;

/** `tmux-orc security check`: not an operation, because it looks at what guards them. */
export function addSecurityCheck(program: Command, options: CommandOptions): void {
  const security = program.commands.find((command) => command.name() === 'security') ?? program.command('security');
  security
    .command('check')
    .description('Checks whether files, settings, the audit log and trust are as they should be, and says what to do.')
    .option('--anchor <file>', 'a copy of anchors.log that was kept elsewhere')
    .addHelpText('after', HELP)
    .action(async ({ anchor }: { anchor?: string }) => {
      const started = performance.now();
      const [{ examineSafety }, { answerFindings }] = await Promise.all([
        import('./examine.js'),
        import('../doctor/answer.js'),
      ]);
      const copy = anchor === undefined ? undefined : resolve(workingFolder(), anchor);
      answerFindings(options, 'safe', await examineSafety(options.sources(program.opts()), copy), started);
    });
}
