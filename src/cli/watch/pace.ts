/** When a pane was looked at, and what is known of its pace. Monotonic milliseconds. */
export interface Looked {
  readonly id: string;
  readonly at: number | undefined;
  /** Last change, or the first look. */
  readonly changedAt: number;
  readonly onScreen: boolean;
}

/** So long after a change the next one is expected at any moment. */
const LIVELY_MS = 2000;
const LEAST_MS = 1000;
/** Quiet panes are looked at in turn, one after so much time: many of them cost no more than a few. */
const SHOWN_TURN_MS = 50;
const HIDDEN_TURN_MS = 100;
/** Bounds what a tick may cost when everything is lively; those that wait longest come first. */
const LOOKS_PER_SECOND = 40;

interface Counts {
  readonly shown: number;
  readonly hidden: number;
}

function periodMs(pane: Looked, { shown, hidden }: Counts, now: number, intervalMs: number): number {
  const lively = now - pane.changedAt < LIVELY_MS;
  if (lively) return pane.onScreen ? intervalMs : Math.max(intervalMs, LEAST_MS);
  return Math.max(intervalMs, LEAST_MS, pane.onScreen ? shown * SHOWN_TURN_MS : hidden * HIDDEN_TURN_MS);
}

/**
 * The panes to look at now, those that waited longest first. tmux does not tell which panes have changed, and each look
 * is a call through all layers, so it is asked often only where a change is likely and can be seen.
 */
export function due(panes: readonly Looked[], now: number, intervalMs: number): string[] {
  const shown = panes.filter((pane) => pane.onScreen).length;
  const counts = { shown, hidden: panes.length - shown };
  const most = Math.max(1, Math.ceil((LOOKS_PER_SECOND * intervalMs) / 1000));
  return panes
    .map((pane) => ({
      id: pane.id,
      late: pane.at === undefined ? Infinity : now - pane.at - periodMs(pane, counts, now, intervalMs),
    }))
    .filter(({ late }) => late >= 0)
    .sort((a, b) => (a.late === b.late ? 0 : b.late - a.late))
    .slice(0, most)
    .map(({ id }) => id);
}
