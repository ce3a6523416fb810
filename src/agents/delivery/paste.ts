import { sleep } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';
import { packFor } from '../../providers/pack.js';
import { keyNames } from '../../security/text/keys.js';
import type { MessageText } from '../../security/text/message.js';
import type { PaneInput } from '../../tmux/model.js';
import type { Tmux } from '../../tmux/tmux.js';
import { holds } from './composer.js';
import type { Outcome } from './messages.js';
import { isEnded, type Sight } from '../sight.js';
import { before, takenBy } from './taken.js';

export interface Pasting {
  readonly tmux: Tmux;
  readonly see: () => Promise<Sight>;
  /** Still the one who delivers; asked before each write. */
  readonly keep: () => Promise<boolean>;
  readonly mono: () => number;
  readonly signal: AbortSignal;
  /** The text stands there from an earlier try. */
  readonly isTyped: boolean;
}

const LOOK_MS = 25;
/** How long a composer may take to show a text, and how much longer for each kilobyte. */
const SHOWN_MS = 3000;
const SHOWN_MS_PER_KB = 60;
/** How long a CLI may take to begin a turn. */
const TAKEN_MS = 8000;
/** A key that was lost is pressed again, while the composer holds exactly the text. */
const AGAIN_MS = [500, 1000, 2000, 4000] as const;
/** Some take an Enter right behind a paste for a part of it, and a composer that is being drawn is not always whole. */
const GAP_MS = 150;
/** Twice in a row: a composer that is being drawn is not always whole. */
const STEADY = 2;
const ENTER = keyNames(['Enter']);

const refused = (reason: string): Outcome => ({ state: 'refused', reason });
const unknown = (reason: string): Outcome => ({ state: 'unknown', reason });
const heldTyped = (reason: string): Outcome => ({ state: 'held', reason, isTyped: true });

/** Nothing has reached the pane; @returns undefined for what may have */
function unsent(error: unknown): Outcome | undefined {
  if (!(error instanceof OrcError)) throw error;
  switch (error.code) {
    case 'OUTCOME_UNKNOWN':
      return undefined;
    case 'CONFLICT':
    case 'NOT_FOUND':
      return refused('target_changed');
    case 'LOCKED_DOWN':
      return { state: 'held', reason: 'locked_down' };
    default:
      return { state: 'held', reason: 'not_writable' };
  }
}

async function write({ tmux }: Pasting, { pane, record }: Sight, input: PaneInput): Promise<'sent' | 'unknown' | Outcome> {
  if (pane === undefined) return refused('pane_gone');
  // What was adopted below a shell may end, and leave that behind, at this very moment.
  const program = record.isAlone ? {} : { program: pane.command };
  try {
    await tmux.send(pane, { ...input, ...program });
    return 'sent';
  } catch (error) {
    return unsent(error) ?? 'unknown';
  }
} // prettier-ignore

/** Whether the composer holds exactly the text. */
function stands({ look, provider, record }: Sight, text: string): boolean {
  const { pack } = packFor(provider?.packs ?? [], record.version);
  return pack !== undefined && holds(look, text, pack);
}

/** Until the composer holds exactly the text. @returns the sight of it, or what becomes of the message */
async function shown(pasting: Pasting, text: MessageText): Promise<Sight | Outcome> {
  const deadline = pasting.mono() + SHOWN_MS + (Buffer.byteLength(text) / 1024) * SHOWN_MS_PER_KB;
  for (let since = Infinity; ;) {
    const sight = await pasting.see();
    if (isEnded(sight)) return refused('agent_ended');
    since = stands(sight, text) ? Math.min(since, pasting.mono()) : Infinity;
    if (pasting.mono() - since >= GAP_MS) return sight;
    if (pasting.mono() >= deadline)
      return sight.look.dialog === undefined ? unknown('typed_not_submitted') : heldTyped('dialog');
    await sleep(LOOK_MS, pasting.signal);
  }
}

/** @param otherwise what the message is when the pane is not the same any more @returns undefined when it was pressed, or perhaps */
async function enter(pasting: Pasting, sight: Sight, otherwise: string): Promise<Outcome | undefined> {
  if (!(await pasting.keep())) return unknown(otherwise);
  const wrote = await write(pasting, sight, { keys: ENTER });
  if (typeof wrote !== 'object') return undefined;
  return wrote.state === 'refused' ? unknown(otherwise) : heldTyped(wrote.reason ?? 'not_writable');
}

/** Whether a look shows that the text was taken: by the agent's own word at once, else when the next one says the same. */
function isTaken(evidence: readonly string[], steady: number): boolean {
  return evidence[0] === 'hook' || (evidence.length > 0 && steady >= STEADY);
}

/** After Enter: until something shows that the text was taken. */
async function proven(pasting: Pasting, text: MessageText, ready: Sight): Promise<Outcome> {
  const was = before(ready, text);
  const pressed = pasting.mono();
  const seq = ready.facts.seq + (was.isOpen ? 0 : 1);
  for (let tries = 0, steady = 0; ;) {
    const sight = await pasting.see();
    const evidence = takenBy(sight, was, text);
    steady = evidence.length > 0 ? steady + 1 : 0;
    if (isTaken(evidence, steady)) return { state: 'submitted', evidence, reason: undefined, isTyped: undefined, seq };
    if (isEnded(sight)) return unknown('agent_ended');
    const stays = stands(sight, text);
    const waited = pasting.mono() - pressed;
    if (stays && waited >= (AGAIN_MS[tries] ?? Infinity)) {
      tries++;
      const missed = await enter(pasting, sight, 'not_proven');
      if (missed !== undefined) return missed;
    }
    // The text stands there still: nothing has taken it.
    if (waited >= TAKEN_MS) return stays ? heldTyped('enter_ignored') : unknown('not_proven');
    await sleep(LOOK_MS, pasting.signal);
  }
}

/**
 * Pastes a text into the composer of an agent CLI, presses Enter once the composer holds exactly it, and looks for proof
 * that it was taken. Whatever it finds, nothing is typed twice.
 */
export async function paste(pasting: Pasting, text: MessageText, sight: Sight): Promise<Outcome> {
  if (!pasting.isTyped) {
    const wrote = await write(pasting, sight, { text });
    if (typeof wrote === 'object') return wrote;
  }
  const ready = await shown(pasting, text);
  if ('state' in ready) return ready;
  return (await enter(pasting, ready, 'typed_not_submitted')) ?? proven(pasting, text, ready);
}
