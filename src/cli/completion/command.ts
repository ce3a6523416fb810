import { Argument, type Command } from 'commander';
import type { ConfigSources } from '../../config/load.js';
import { correlationId } from '../../kernel/correlation.js';
import { type Output, writeResult } from '../render.js';
import type { Given } from './candidates.js';
import { type CompletedShell, SHELLS } from './scripts.js';

export interface CompletionOptions {
  readonly argv: readonly string[];
  readonly output: Output;
  readonly sources: (given: Given) => ConfigSources;
}

const HELP = `
bash, in ~/.bashrc:      eval "$(tmux-orc completion bash)"
zsh, after compinit:     eval "$(tmux-orc completion zsh)"
fish, in config.fish:    tmux-orc completion fish | source`;

/** `tmux-orc completion`, and the hidden command that the printed scripts ask. */
export function addCompletion(program: Command, { argv, output, sources }: CompletionOptions): void {
  program
    .command('completion')
    .description('print the script that completes commands, options and names in your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .addHelpText('after', HELP)
    .action(async (shell: CompletedShell) => {
      const { completionScript } = await import('./scripts.js');
      const script = completionScript(shell, [process.execPath, process.argv[1] ?? 'tmux-orc']);
      const meta = { correlationId: correlationId(), durationMs: 0 };
      writeResult(output, { ok: true, data: { shell, script }, view: { text: script.trimEnd() }, meta });
    });
  program
    .command('__complete', { hidden: true })
    .option('--bash', 'the words are a line of bash and the piece of it that is replaced')
    .action(async ({ bash }: { bash?: true }) => {
      try {
        const { answer } = await import('./answer.js');
        const words = argv.slice(argv.indexOf('--') + 1);
        const lines = await answer({ program, words, bash: bash === true, sources });
        output.out(lines.map((line) => `${line}\n`).join(''));
      } catch {
        // A shell that completes has no place for errors.
      }
    });
}
