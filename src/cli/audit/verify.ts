import { resolve } from 'node:path';
import { EXIT_CODES, type Verdict } from '../../app/audit-tools.js';
import { workingFolder } from '../../exec/working-folder.js';
import { plural } from '../../operations/view.js';
import type { AuditSurroundings, VerifyFlags } from './flags.js';
import { show } from '../answering.js';
import { withTools } from './answer.js';

const WORDS: Readonly<Record<Verdict['status'], string>> = {
  ok: 'The audit log is sound.',
  tampered: 'The audit log was CHANGED.',
  truncated: 'The audit log was CUT OFF: records are missing.',
  key: 'The audit log is signed with a KEY that is not here.',
};

/** What is wrong, or nothing. */
export function badLine({ bad }: Verdict): string | undefined {
  if (bad === undefined) return undefined;
  const place = bad.line === 0 ? '' : `, ${bad.file} line ${String(bad.line)}`;
  return `First bad record: ${String(bad.seq)}${place}: ${bad.why}.`;
}

function textOf(verdict: Verdict): string {
  const { records, files, openIntents, notices } = verdict;
  const open =
    openIntents === 0 ? [] : [`${plural(openIntents, 'change')} without an outcome: the program had ended before.`];
  const bad = badLine(verdict);
  return [
    WORDS[verdict.status],
    ...(bad === undefined ? [] : [bad]),
    `${plural(records, 'record')} proven in ${plural(files, 'file')}.`,
    ...open,
    ...notices,
  ].join('\n');
}

export async function verifyLog(surroundings: AuditSurroundings, flags: VerifyFlags): Promise<void> {
  const started = performance.now();
  const full = (file: string | undefined): string | undefined =>
    file === undefined ? undefined : resolve(workingFolder(), file);
  const verdict = await withTools(surroundings, (tools) =>
    tools.verify({ anchor: full(flags.anchor), keyFile: full(flags.keyFile) }),
  );
  const { status, bad, records, files, first, last, notices, openIntents } = verdict;
  const data = { status, records, files, first, last, open_intents: openIntents, first_bad: bad, notices };
  show(surroundings.output, [data, { text: textOf(verdict) }], started);
  surroundings.exit(EXIT_CODES[status]);
}
