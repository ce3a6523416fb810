import { raceAbort, sleep } from '../../kernel/clock.js';
import { isNotFound, OrcError } from '../../kernel/errors.js';
import type { ListedPane } from './fleet.js';
import { due, type Looked } from './pace.js';

export interface PollOptions {
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly list: () => Promise<void>;
  readonly look: (id: string) => Promise<void>;
  readonly panes: () => readonly Looked[];
  readonly paused: () => boolean;
  /** tmux, or a layer, did not do what was asked; undefined once it does again. */
  readonly onTrouble: (error: OrcError | undefined) => void;
  readonly done?: () => boolean;
}

const LIST_MS = 1000;
/** A tick that took long is followed by a rest all the same. */
const MIN_REST_MS = 50;

/** Looks at panes, round after round, until the signal aborts or all is done. Rounds never overlap. */
export async function poll(options: PollOptions): Promise<void> {
  const { intervalMs, signal } = options;
  const ended = (): boolean => signal.aborted || options.done?.() === true;
  let listAt = -Infinity;

  const round = async (): Promise<void> => {
    if (performance.now() - listAt >= Math.max(LIST_MS, intervalMs)) {
      listAt = performance.now();
      await options.list();
    }
    const ids = due(options.panes(), performance.now(), intervalMs);
    const settled = await Promise.allSettled(ids.map((id) => options.look(id)));
    for (const result of settled) {
      if (result.status === 'fulfilled') continue;
      // A pane that has just gone will be missing in the next listing.
      if (!isNotFound(result.reason)) throw result.reason;
      listAt = -Infinity;
    }
  };

  while (!ended()) {
    const started = performance.now();
    let rest = 0;
    if (!options.paused()) {
      try {
        await raceAbort(round(), signal);
        options.onTrouble(undefined);
      } catch (error) {
        if (ended()) return;
        if (!(error instanceof OrcError)) throw error;
        options.onTrouble(error);
        rest = error.retryAfterMs ?? LIST_MS;
        listAt = -Infinity;
      }
    }
    const pause = Math.max(rest, MIN_REST_MS, intervalMs - (performance.now() - started));
    await sleep(pause, signal).catch(() => undefined);
  }
}

/** What the pace is reckoned from. */
export function looked(
  pane: Pick<ListedPane, 'id'> & { readonly changedAt: number | undefined; readonly seenAt: number },
  at: number | undefined,
  onScreen: boolean,
): Looked {
  return { id: pane.id, at, changedAt: pane.changedAt ?? pane.seenAt, onScreen };
}
