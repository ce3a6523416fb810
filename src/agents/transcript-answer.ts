import type { FileHandle } from 'node:fs/promises';
import { sleep } from '../kernel/clock.js';
import type { Provider, TranscriptSpec } from '../providers/provider.js';
import type { Answer } from './answer.js';
import { createOnce, lastSaid, type Located, type Said } from './last-said.js';
import type { AgentRecord } from './records.js';
import { linesOf, withTranscript } from './transcript-file.js';

/** How much of the end of a file is read, until an answer is found in it. */
const TAIL_BYTES = [262_144, 2_097_152, 16_777_216];
/** How long after a turn was seen to begin its first line may be dated, with a clock of the file system's. */
const SLACK_MS = 2000;

/** An answer, and whether its source has known nothing of the turn that was seen to begin last. */
export interface Dated {
  readonly answer: Answer;
  readonly isStale: boolean;
}

/** A conversation that was not added to since a turn began is not the one that goes on. @param changedAt as is `openAt` */
export const isStale = ({ openAt = 0 }: AgentRecord, changedAt: number): boolean => changedAt < openAt - SLACK_MS;

async function entriesIn(file: FileHandle, spec: TranscriptSpec, from: number, to: number): Promise<Located[]> {
  const once = createOnce();
  const entries: Located[] = [];
  let isFirst = from > 0;
  for await (const { at, json } of linesOf(file, from, to)) {
    // It may be the end of one.
    if (!isFirst) for (const entry of once(spec.read(json))) entries.push({ entry, at: String(at) });
    isFirst = false;
  }
  return entries;
}

async function lastIn(
  file: FileHandle,
  spec: TranscriptSpec,
  size: number,
  isOpen: boolean | undefined,
): Promise<Said | undefined> {
  for (const bytes of TAIL_BYTES) {
    const from = Math.max(0, size - bytes);
    const said = lastSaid(await entriesIn(file, spec, from, size), isOpen);
    // What begins with the first of them may have begun before it.
    if (from === 0 || (said !== undefined && said.first > 0)) return said;
  }
  return undefined;
}

/** The last answer in the CLI's own file of the conversation. */
export async function transcriptAnswer(
  { transcript }: Provider,
  record: AgentRecord,
  isOpen: boolean | undefined,
): Promise<Dated | undefined> {
  const { transcripts: folder, sessionId } = record;
  if (transcript === undefined || folder === undefined || sessionId === undefined) return undefined;
  return withTranscript(folder, transcript, sessionId, async (file) => {
    const { size, mtimeMs } = await file.stat();
    const said = await lastIn(file, transcript, size, isOpen);
    if (said === undefined) return undefined;
    const stale = isStale(record, mtimeMs);
    return {
      answer: {
        ...{ text: said.text, source: 'transcript', id: `transcript ${sessionId} ${said.at}` },
        complete: said.isNewest && isOpen !== true && !stale,
      },
      isStale: stale,
    };
  });
}

/** How often its file is looked at, and how long after that again: it is written just after the end of the turn is told of. */
const LOOKS = 10;
const LOOK_MS = 50;

/** An answer that was told together with what the agent has thought, as its file has it: without that. */
export async function withoutThoughts(
  provider: Provider,
  record: AgentRecord,
  told: Answer,
  signal: AbortSignal,
): Promise<Answer> {
  if (record.transcripts === undefined) return told;
  for (let count = 0; count < LOOKS; count++) {
    if (count > 0) await sleep(LOOK_MS, signal);
    const text = (await transcriptAnswer(provider, record, undefined))?.answer.text;
    if (text !== undefined && told.text.trimEnd().endsWith(text.trimEnd()))
      return { ...told, text, source: 'transcript' };
  }
  return told;
}
