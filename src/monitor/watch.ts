import { isNotFound } from '../kernel/errors.js';
import type { PaneId } from '../kernel/ids.js';
import type { StateStore } from '../store/store.js';
import type { Listing, PaneRow } from '../tmux/listing.js';
import type { ShownState } from '../tmux/model.js';
import type { Tmux } from '../tmux/tmux.js';
import { KEPT_LINES, KEPT_OVERLAP } from './cached-tmux.js';
import { type ChangedPanes, createChangedPanes } from './changed-panes.js';
import type { RoundView } from './duties.js';
import { type AgentView, createFleet, type Fleet, type FleetSources } from './fleet.js';
import type { TerminalCache } from './terminal-cache.js';
import { createTransitions } from './transitions.js';

export interface WatchSources extends FleetSources {
  readonly tmux: Tmux;
}

/** Looks at a whole tmux server, round by round, for as long as it is this process that watches. */
export interface Watch {
  /** @returns undefined where no tmux server runs */
  readonly round: () => Promise<(RoundView & { readonly isNews: boolean }) | undefined>;
  /** What the last round has listed, and when it was asked for, in monotonic milliseconds. */
  readonly last: () => { readonly listing: Listing; readonly at: number } | undefined;
  /** Whether something was sent to a pane since, or it showed something new then. */
  readonly isMoving: (pane: string) => boolean;
  readonly touch: (pane: string) => void;
  readonly fleet: Fleet;
}

const panesOf = ({ sessions }: Listing): Map<string, number> =>
  new Map(
    sessions.flatMap(({ windows }) => windows.flatMap(({ panes }) => panes.map(({ id, pid }) => [id, pid] as const))),
  );

/** How long a pane that something was sent to is read live: a look may have come before the answer of its program. */
const ANSWERING_MS = 1000;

/** How long what seldom changes in a listing is not asked for again, in milliseconds. */
const WHOLE_MS = 3000;

/** Listings, most of which cost tmux a third of a whole one. */
function createLister({ tmux, clock }: WatchSources): () => Promise<Listing> {
  let last: Listing | undefined;
  let wholeAt = -Infinity;
  return async () => {
    const at = clock.mono();
    const isWhole = last === undefined || at - wholeAt >= WHOLE_MS;
    // One that fails leaves nothing to go on from.
    const before = last;
    last = undefined;
    const listing = await tmux.list(isWhole ? undefined : before);
    if (isWhole) wholeAt = at;
    return (last = listing);
  };
}

/** Reads what may show something new, all at once. */
async function readChanged(
  { tmux, clock }: WatchSources,
  panes: readonly PaneRow[],
  cache: TerminalCache,
  changed: ChangedPanes,
  wall: number,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const read = async (pane: PaneRow): Promise<readonly [string, readonly string[]] | undefined> => {
    const at = clock.mono();
    try {
      const delta = await tmux.capture(pane.id, { lines: KEPT_LINES, ansi: false, overlap: KEPT_OVERLAP });
      cache.set(pane.id, { panePid: pane.pid, delta, at });
      changed.read(pane, wall);
      return [pane.id, delta.lines];
    } catch (error) {
      // It has gone meanwhile.
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
  return new Map((await Promise.all(panes.map(read))).filter((one) => one !== undefined));
}

/** What was read of a pane is not read again. */
const reading = (
  { tmux }: WatchSources,
  lines: ReadonlyMap<string, readonly string[]>,
  cache: TerminalCache,
): Pick<Tmux, 'lastLines'> => ({
  lastLines: async (pane: PaneId, count) => {
    const read = lines.get(pane) ?? cache.peek(pane)?.delta.lines;
    return read === undefined || count > KEPT_LINES ? tmux.lastLines(pane, count) : read.slice(-count);
  },
});

export function createWatch(sources: WatchSources, store: StateStore, cache: TerminalCache): Watch {
  const { clock } = sources;
  const list = createLister(sources);
  const changed = createChangedPanes(clock);
  const fleet = createFleet();
  const transitions = createTransitions(store);
  /** When something was sent to a pane last, in monotonic milliseconds, where it was not read since. */
  const touched = new Map<string, number>();
  /** What showed something new in the last round: it may show something else by now. */
  let moving: ReadonlySet<string> = new Set();
  const shown = new Map<string, string>();
  let last: { readonly listing: Listing; readonly at: number } | undefined;

  /** Each state once, and again for another process in the pane. */
  const show = async (tmux: Tmux, seen: readonly AgentView[]): Promise<void> => {
    const news = seen.flatMap(({ agent, facts: { state, seq }, found }): ShownState[] => {
      const word = `${String(agent.panePid)} ${state} ${String(seq)}`;
      if (found?.pane.pid !== agent.panePid || shown.get(agent.pane) === word) return [];
      shown.set(agent.pane, word);
      return [{ pane: found.pane.id, state, seq }];
    });
    // In lockdown nothing is shown; what decides stands elsewhere. It is shown later.
    await tmux.showStates(news).catch(() => {
      for (const { pane } of news) shown.delete(pane);
    });
  };

  return {
    round: async () => {
      const now = { mono: clock.mono(), wall: clock.now() };
      const listing = await list();
      if (listing.sessions.length === 0) {
        last = undefined;
        return undefined;
      }
      for (const pane of touched.keys()) changed.touch(pane);
      const panes = changed.of(listing);
      const lines = await readChanged(sources, panes, cache, changed, now.wall);
      moving = new Set(panes.map(({ id }) => id));
      const seen = await fleet.look({ ...sources, tmux: reading(sources, lines, cache) }, listing, moving);
      const changes = await transitions.record(seen, new Set(fleet.agents().keys()));
      await show(sources.tmux, seen);
      const there = panesOf(listing);
      for (const pane of shown.keys()) if (!there.has(pane)) shown.delete(pane);
      // What is sent from the look on is sent after it, and programs take their time to answer.
      for (const [pane, at] of touched) if (at + ANSWERING_MS < now.mono) touched.delete(pane);
      last = { listing, at: now.mono };
      return { now, listing, agents: fleet.agents(), changes, isNews: panes.length > 0 || changes.length > 0 };
    },
    last: () => last,
    isMoving: (pane) => touched.has(pane) || moving.has(pane),
    touch: (pane) => {
      touched.set(pane, clock.mono());
      fleet.touch(pane);
    },
    fleet,
  };
} // prettier-ignore
