import { abortError, sleep } from '../../kernel/clock.js';
import { keyNames } from '../../security/text/keys.js';
import type { MessageText } from '../../security/text/message.js';
import type { PaneRow } from '../../tmux/listing.js';
import type { WriteReceipt } from '../../tmux/model.js';
import type { AgentSources } from '../service.js';
import type { Sight } from '../sight.js';

/** What controlling an agent works with. */
export interface ControlSources extends AgentSources {
  readonly signal: AbortSignal;
  /** When the call has to end, in milliseconds of the clock's `mono`; undefined: whenever it likes. */
  readonly end: number | undefined;
}

/** The same sources behind no gate. Only after a permit of the call. */
export function permitted<Sources extends ControlSources>(sources: Sources): Sources {
  const tmux = sources.open();
  return { ...sources, tmux: sources.end === undefined ? tmux : tmux.endingBy(sources.end) };
}

const INTERVAL_MS = 120;

/**
 * Looks until something is so. @returns the last look, and whether it was so
 * @throws OrcError CANCELLED, or what the call's time is over with
 */
export async function untilSeen(
  sources: ControlSources,
  look: () => Promise<Sight>,
  isSo: (sight: Sight) => boolean,
  timeoutMs: number,
): Promise<{ readonly sight: Sight; readonly isSo: boolean }> {
  const { clock, signal, end = Infinity } = sources;
  const deadline = Math.min(clock.mono() + timeoutMs, end);
  for (;;) {
    if (signal.aborted) throw abortError(signal);
    const sight = await look();
    if (isSo(sight)) return { sight, isSo: true };
    if (clock.mono() >= deadline) return { sight, isSo: false };
    await sleep(Math.min(INTERVAL_MS, Math.max(1, deadline - clock.mono())), signal);
  }
}

/** What is put into the pane of an agent. */
export interface Press {
  readonly text?: MessageText;
  readonly keys?: readonly string[];
  /** It only stops what runs there. */
  readonly stops?: true;
}

/**
 * Presses keys in a pane as it was looked at: nothing is pressed where somebody else has sent something there since.
 * @throws OrcError CONFLICT, NOT_FOUND, AGENT_UNREADY, OUTCOME_UNKNOWN, CANCELLED
 */
export async function press({ tmux, signal }: ControlSources, pane: PaneRow, { text, keys = [], stops }: Press): Promise<WriteReceipt> {
  if (signal.aborted) throw abortError(signal);
  return tmux.send(pane, {
    keys: keyNames(keys),
    after: pane.lastSent,
    ...(text === undefined ? {} : { text }),
    ...(stops === undefined ? {} : { stops }),
  });
} // prettier-ignore
