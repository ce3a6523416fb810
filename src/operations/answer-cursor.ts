import { createHash } from 'node:crypto';
import { OrcError } from '../kernel/errors.js';

/** How much of which answer was given. */
export interface AnswerCursor {
  readonly answer: string;
  /** Characters of its text as it was given out. */
  readonly offset: number;
}

/** @param id of the answer; undefined where there is none */
export const answerName = (id: string | undefined): string =>
  id === undefined ? '-' : createHash('sha256').update(id).digest('hex').slice(0, 16);

export const writeAnswerCursor = ({ answer, offset }: AnswerCursor): string =>
  Buffer.from(`a:${answer}:${String(offset)}`).toString('base64url');

/** @throws OrcError INVALID_INPUT for anything that no answer of ours contained */
export function readAnswerCursor(cursor: string): AnswerCursor {
  const [, answer, offset] =
    /^a:([0-9a-f]{16}|-):([0-9]{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? [];
  if (answer === undefined)
    throw new OrcError('INVALID_INPUT', 'since: not a cursor of an answer.', {
      hint: 'Pass the cursor of the last result with the same what as it is, or none.',
    });
  return { answer, offset: Number(offset) };
}

/** As much of a text, from the offset on, as fits; no character is cut. */
export function fittingText(text: string, offset: number, maxBytes: number): string {
  const bytes = Buffer.from(text.slice(offset));
  if (bytes.length <= maxBytes) return text.slice(offset);
  let end = maxBytes;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
