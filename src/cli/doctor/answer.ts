import { cleanOutside } from '../../app/outgoing.js';
import { correlationId } from '../../kernel/correlation.js';
import type { CommandOptions } from '../command-options.js';
import { writeResult } from '../render.js';
import type { Finding } from './finding.js';
import { count, report } from './report.js';

/**
 * Gives findings out, and exits with 1 when something fails.
 * @param word what it is called when nothing fails
 */
export function answerFindings(
  { output, exit }: Pick<CommandOptions, 'output' | 'exit'>,
  word: 'healthy' | 'safe',
  found: Finding[],
  started: number,
): void {
  const findings = cleanOutside(found);
  const summary = count(findings);
  const isGood = summary.fail === 0;
  writeResult(output, {
    ok: true,
    data: { [word]: isGood, summary, checks: findings },
    view: { text: report(findings, output) },
    meta: { correlationId: correlationId(), durationMs: Math.round(performance.now() - started) },
  });
  exit(isGood ? 0 : 1);
}
