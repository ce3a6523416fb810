import { resolve } from 'node:path';
import type { Command } from 'commander';
import { cleanOutside } from '../../app/outgoing.js';
import type { ConfigSources } from '../../config/load.js';
import { workingFolder } from '../../exec/working-folder.js';
import { correlationId } from '../../kernel/correlation.js';
import { type Output, writeResult } from '../render.js';

export interface CheckOptions {
  readonly output: Output;
  /** Config sources with these global options. */
  readonly sources: (options: Record<string, unknown>) => ConfigSources;
  readonly exit: (code: number) => void;
}

const HELP = `
Each line is a pass, a warning or a failure; warnings and failures say what to do.
Nothing is changed. Whether the program works is told by: tmux-orc doctor

Exit code: 0 without failures, 1 when something fails.`;

/** `tmux-orc security check`: not an operation, because it looks at what guards them. */
export function addSecurityCheck(program: Command, { output, sources, exit }: CheckOptions): void {
  const security = program.commands.find((command) => command.name() === 'security') ?? program.command('security');
  security
    .command('check')
    .description('Checks whether files, settings, the audit log and trust are as they should be, and says what to do.')
    .option('--anchor <file>', 'a copy of anchors.log that was kept elsewhere')
    .addHelpText('after', HELP)
    .action(async ({ anchor }: { anchor?: string }) => {
      const started = performance.now();
      const [{ examineSafety }, { count, report }] = await Promise.all([
        import('./examine.js'),
        import('../doctor/report.js'),
      ]);
      const copy = anchor === undefined ? undefined : resolve(workingFolder(), anchor);
      const findings = cleanOutside(await examineSafety(sources(program.opts()), copy));
      const summary = count(findings);
      writeResult(output, {
        ok: true,
        data: { safe: summary.fail === 0, summary, checks: findings },
        view: { text: report(findings, output) },
        meta: { correlationId: correlationId(), durationMs: Math.round(performance.now() - started) },
      });
      exit(summary.fail === 0 ? 0 : 1);
    });
}
