import { cleanOutside } from '../../app/outgoing.js';
import { show } from '../answering.js';
import type { CommandOptions } from '../command-options.js';
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
  show(output, [{ [word]: isGood, summary, checks: findings }, { text: report(findings, output) }], started);
  exit(isGood ? 0 : 1);
}
