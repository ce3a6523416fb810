import type { Clock } from '../kernel/clock.js';
import type { Listing, PaneRow } from '../tmux/listing.js';

/** Panes that may show something else than when they were read last. */
export interface ChangedPanes {
  /** @returns those that have to be read */
  readonly of: (listing: Listing) => readonly PaneRow[];
  /** A pane was read. @param at wall clock at the time of the listing, in milliseconds since the epoch */
  readonly read: (pane: PaneRow, at: number) => void;
  /** It has to be read again. */
  readonly touch: (pane: string) => void;
}

interface Known {
  readonly row: PaneRow;
  /** When its window had printed something last, in seconds since the epoch. */
  readonly activity: number;
  /** More that is printed will be told of as later than that. */
  readonly isSettled: boolean;
}

/** What of a row differs when its terminal does. */
const TELLING = ['pid', 'dead', 'width', 'height', 'mode', 'alternate', 'cursorRow', 'cursorY', 'title', 'command', 'lastSent'] as const satisfies (keyof PaneRow)[]; // prettier-ignore

const isSame = (one: PaneRow, other: PaneRow): boolean =>
  one === other || TELLING.every((name) => one[name] === other[name]);

/** What was printed so long after the listing was asked for is of a clock that was set back, not of a slow listing. */
const SET_BACK_SECONDS = 10;

/**
 * By what the listing tells of a pane, and by when its window printed something last. That is told in whole seconds, so a
 * pane is read once more in the second after its last output.
 */
export function createChangedPanes({ now }: Pick<Clock, 'now'>): ChangedPanes {
  const known = new Map<string, Known>();
  let activities = new Map<string, number>();
  return {
    of: ({ sessions }) => {
      const there = new Map<string, number>();
      const changed: PaneRow[] = [];
      for (const { windows } of sessions)
        for (const { panes, activity } of windows)
          for (const pane of panes) {
            if (there.has(pane.id)) continue;
            there.set(pane.id, activity);
            const old = known.get(pane.id);
            if (old?.activity !== activity || !old.isSettled || !isSame(old.row, pane)) changed.push(pane);
          }
      for (const id of known.keys()) if (!there.has(id)) known.delete(id);
      activities = there;
      return changed;
    },
    read: (pane, at) => {
      const activity = activities.get(pane.id) ?? 0;
      // What lies ahead is of a clock that was set back.
      const second = Math.floor(Math.min(at, now()) / 1000);
      known.set(pane.id, { row: pane, activity, isSettled: second > activity || activity > second + SET_BACK_SECONDS });
    },
    touch: (pane) => {
      known.delete(pane);
    },
  };
}
