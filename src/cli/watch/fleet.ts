import { type Run, styledLines } from './style.js';

/** A pane as a listing tells it. */
export interface ListedPane {
  readonly id: string;
  /** `session:window.pane`, as it is now. */
  readonly target: string;
  readonly session: { readonly id: string; readonly name: string };
  readonly window: { readonly id: string; readonly index: number; readonly name: string };
  readonly index: number;
  readonly command: string;
  readonly dead: boolean;
  readonly exitStatus: number | undefined;
  readonly agent: string | undefined;
}

/** A pane with what it showed at the last look. Never changed in place. Times are monotonic milliseconds. */
export interface WatchedPane extends ListedPane {
  /** As it came, to compare the next look with. */
  readonly text: string | undefined;
  readonly lines: readonly (readonly Run[])[];
  readonly seenAt: number;
  /** Undefined until something changes: what was there at the first look may be of any age. */
  readonly changedAt: number | undefined;
  /** When the changes began that the last one belongs to. */
  readonly burstAt: number | undefined;
}

/** Listing order. */
export type Fleet = readonly WatchedPane[];

/** Changes with less time than this between them are one burst. */
export const BURST_MS = 5000;

const changed = (pane: WatchedPane, now: number): Pick<WatchedPane, 'changedAt' | 'burstAt'> => ({
  changedAt: now,
  burstAt: pane.changedAt === undefined || now - pane.changedAt > BURST_MS ? now : pane.burstAt,
});

/** What tmux writes into the last row of a pane whose program has ended (tmux(1), remain-on-exit-format). */
const EPITAPH = /\s*(?:\x1b\[[0-9;:]*m)*Pane is dead \([^\n]*\)$/;

/** Without that line, and the empty ones above it: it is no output, and `stateOf` tells the same. */
export function withoutEpitaph(text: string): string {
  const cut = text.lastIndexOf('Pane is dead');
  return cut === -1 ? text : text.replace(EPITAPH, '');
}

const linesOf = (text: string, dead: boolean): WatchedPane['lines'] => styledLines(dead ? withoutEpitaph(text) : text);

/** What the listing says now, with what is known of the panes in it. */
export function withListing(fleet: Fleet, listed: readonly ListedPane[], now: number): Fleet {
  const known = new Map(fleet.map((pane) => [pane.id, pane]));
  return listed.map((row) => {
    const old = known.get(row.id);
    if (old === undefined)
      return { ...row, text: undefined, lines: [], seenAt: now, changedAt: undefined, burstAt: undefined };
    if (old.dead === row.dead) return { ...old, ...row };
    return { ...old, ...row, ...changed(old, now), lines: linesOf(old.text ?? '', row.dead) };
  });
}

/** What a look at one pane showed. The same fleet when nothing is new. */
export function withText(fleet: Fleet, id: string, text: string, now: number): Fleet {
  return fleet.some((pane) => pane.id === id && pane.text !== text)
    ? fleet.map((pane) => (pane.id === id ? shown(pane, text, now) : pane))
    : fleet;
}

function shown(pane: WatchedPane, text: string, now: number): WatchedPane {
  const first = pane.text === undefined;
  return { ...pane, text, lines: linesOf(text, pane.dead), ...(first ? {} : changed(pane, now)) };
}

/**
 * Most recently changed first. Panes that go on changing are in the order in which they began to: they would change
 * places all the time otherwise.
 */
export function byChange(fleet: Fleet, now: number): WatchedPane[] {
  const busy = (pane: WatchedPane): boolean => pane.changedAt !== undefined && now - pane.changedAt <= BURST_MS;
  const at = (pane: WatchedPane): number => (busy(pane) ? pane.burstAt : pane.changedAt) ?? -Infinity;
  return [...fleet].sort((a, b) => {
    if (busy(a) !== busy(b)) return busy(a) ? -1 : 1;
    const [left, right] = [at(a), at(b)];
    return left === right ? 0 : right - left;
  });
}

/** `ended (1)`, or nothing while the program runs. */
export function stateOf({ dead, exitStatus }: ListedPane): string {
  if (!dead) return '';
  return exitStatus === undefined ? 'ended' : `ended (${String(exitStatus)})`;
}

const UNITS = [
  { name: 'd', ms: 86_400_000 },
  { name: 'h', ms: 3_600_000 },
  { name: 'min', ms: 60_000 },
  { name: 's', ms: 1000 },
] as const;

/** How long since the last change; `>` when none was seen yet. */
export function ageOf({ changedAt, seenAt }: WatchedPane, now: number): string {
  const ms = Math.max(0, now - (changedAt ?? seenAt));
  const unit = UNITS.find((candidate) => ms >= candidate.ms);
  if (unit === undefined) return changedAt === undefined ? '' : 'now';
  return `${changedAt === undefined ? '> ' : ''}${String(Math.floor(ms / unit.ms))} ${unit.name}`;
}
