import type { JobReport } from './job.js';
import { fromCharacter, KEPT_BYTES } from './output-scanner.js';

/** What comes before a part of the output may hold the beginning of a secret that goes on in it. */
export const OVERLAP_BYTES = 4096;

/** Cut where characters begin, the kept end may be shorter by one of them. */
const SURELY_KEPT_BYTES = KEPT_BYTES - 3;

/**
 * A saved report with only what came after an offset in its output, as far as that was kept. What the screen showed has
 * no offsets and stays whole.
 */
export function afterOffset(report: JobReport, since: number | undefined): JobReport {
  if (since === undefined || report.source === 'screen') return report;
  const output = Buffer.from(report.output);
  const wanted = Math.max(0, report.totalBytes - since);
  const at = output.length - Math.min(wanted, report.truncated ? SURELY_KEPT_BYTES : output.length, output.length);
  return {
    ...report,
    output: fromCharacter(output.subarray(at)).toString('utf8'),
    before: output.subarray(Math.max(0, at - OVERLAP_BYTES), at).toString('utf8'),
  };
}
