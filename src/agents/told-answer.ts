import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { EventName } from '../providers/events.js';
import type { Provider } from '../providers/provider.js';
import type { Answer } from './answer.js';
import type { AgentRecord } from './records.js';
import { factsOf } from './told.js';

/** When an event was told of last, in milliseconds since the epoch; undefined when it never was. */
const toldAt = (folder: string, event: EventName): number | undefined =>
  lstatSync(join(folder, event), { throwIfNoEntry: false })?.mtimeMs;

/**
 * The answer that came with the last end of a turn. A turn that has begun or failed since has none.
 * @param isOpen whether a turn is open, where that is known
 */
export function toldAnswer(
  { events }: Provider,
  { folder }: AgentRecord,
  isOpen: boolean | undefined,
): Answer | undefined {
  if (folder === undefined || events === undefined) return undefined;
  const at = toldAt(folder, 'finished');
  if (at === undefined) return undefined;
  const { answer } = factsOf(folder, 'finished', events);
  if (answer === undefined) return undefined;
  const isNewest = (['submitted', 'failed'] as const).every((event) => (toldAt(folder, event) ?? 0) <= at);
  return { text: answer, source: 'hook', id: `hook ${String(at)}`, complete: isNewest && isOpen !== true };
}

/** The same of one that tells of ends only, of any conversation: what began or failed since, it does not tell. */
export function notedAnswer(
  { events }: Provider,
  { folder, sessionId }: AgentRecord,
  isOpen: boolean | undefined,
): Answer | undefined {
  if (folder === undefined || events?.notesEnds !== true) return undefined;
  const at = toldAt(folder, 'noted');
  const facts = at === undefined ? {} : factsOf(folder, 'noted', events);
  if (facts.answer === undefined || facts.sessionId !== sessionId) return undefined;
  return { text: facts.answer, source: 'hook', id: `hook ${String(at)}`, complete: isOpen === false };
}
