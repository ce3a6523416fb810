import type { Command } from 'commander';
import { cleanOutside } from '../../app/outgoing.js';
import type { ConfigSources } from '../../config/load.js';
import { correlationId } from '../../kernel/correlation.js';
import { type Output, writeResult } from '../render.js';

export interface DoctorOptions {
  readonly output: Output;
  /** Config sources with these global options. */
  readonly sources: (options: Record<string, unknown>) => ConfigSources;
  readonly exit: (code: number) => void;
}

const HELP = `
Each line is a pass, a warning or a failure; warnings and failures say what to do.
Nothing is changed, and no tmux server is started.

Exit code: 0 without failures, 1 when something fails.`;

/** `tmux-orc doctor`: not an operation, because it has to work where they cannot. */
export function addDoctor(program: Command, { output, sources, exit }: DoctorOptions): void {
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
      const [{ examine }, { count, report }] = await Promise.all([import('./examine.js'), import('./report.js')]);
      const findings = cleanOutside(await examine(sources(program.opts()), agents));
      const summary = count(findings);
      const durationMs = Math.round(performance.now() - started);
      writeResult(output, {
        ok: true,
        data: { healthy: summary.fail === 0, summary, checks: findings },
        view: { text: report(findings, output) },
        meta: { correlationId: correlationId(), durationMs },
      });
      exit(summary.fail === 0 ? 0 : 1);
    });
}
