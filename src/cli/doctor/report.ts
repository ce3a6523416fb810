import { hanging } from '../wrap.js';
import type { Finding, Verdict } from './finding.js';

export interface Style {
  readonly colour: boolean;
  readonly columns: number | undefined;
}

// ECMA-48 SGR.
const COLOURS: Readonly<Record<Verdict, string>> = { pass: '32', warn: '33', fail: '31' };

const VERDICTS: readonly Verdict[] = ['pass', 'warn', 'fail'];

export function count(findings: readonly Finding[]): Record<Verdict, number> {
  const of = (verdict: Verdict): number => findings.filter((finding) => finding.verdict === verdict).length;
  return { pass: of('pass'), warn: of('warn'), fail: of('fail') };
}

/** Paths and names come from the surroundings and may hold anything. */
const printable = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');

/** The findings as a table: verdict, check, what was found, and below it what to do. */
export function report(findings: readonly Finding[], style: Style): string {
  const paint = (code: string, text: string): string => (style.colour ? `\x1b[${code}m${text}\x1b[0m` : text);
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, verdict, found, advice }) => {
    const label = `${verdict}  ${check.padEnd(width)}  `;
    const text = hanging(label, printable(found), style.columns);
    const painted = `${paint(COLOURS[verdict], verdict)}${text.slice(verdict.length)}`;
    const todo = advice === undefined ? [] : [hanging(`${' '.repeat(label.length)}-> `, printable(advice), style.columns)]; // prettier-ignore
    return [painted, ...todo];
  });
  const counted = count(findings);
  const summary = VERDICTS.map((verdict) => `${String(counted[verdict])} ${verdict}`).join(', ');
  return [...lines, '', paint('1', summary)].join('\n');
}
