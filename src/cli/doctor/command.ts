import type { Command } from 'commander';
import type { CommandOptions } from '../command-options.js';

const HELP = `
Each line is a pass, a warning or a failure; warnings and failures say what to do.
Nothing is changed, and no tmux server is started.

Exit code: 0 without failures, 1 when something fails.`;

/** `tmux-orc doctor`: not an operation, because it has to work where they cannot. */
export function addDoctor(program: Command, options: CommandOptions): void {
  program
    .command('doctor')
    .description(
      'check Node, tmux, its server, the config and folders, and say what to do; exits with 1 when something fails',
    )
    .option('--agents', 'also look for the agent CLIs and whether their versions are known')
    .addHelpText('after', HELP)
    .action(async ({ agents = false }: { agents?: boolean }) => {
      const started = performance.now();
      // Loaded here: other commands start faster without it.
      const [{ examine }, { answerFindings }] = await Promise.all([import('./examine.js'), import('./answer.js')]);
      answerFindings(options, 'healthy', await examine(options.sources(program.opts()), agents), started);
    });
}
