import { byChange, type Fleet, type WatchedPane } from './fleet.js';
import type { Key } from './keys.js';
import { divide, type Grid, type Space } from './layout.js';

/** What a person has chosen. Never changed in place. */
export interface View {
  /** Pane id. */
  readonly selected: string | undefined;
  /** Order of pane ids since a selection among more panes than fit: nothing moves away under one's fingers. */
  readonly frozen: readonly string[] | undefined;
  readonly paused: boolean;
  readonly help: boolean;
}

export const FIRST_VIEW: View = { selected: undefined, frozen: undefined, paused: false, help: false };

/** The panes in the order in which they are shown, and which part of them fits. */
export interface Arrangement {
  readonly order: readonly WatchedPane[];
  readonly grid: Grid;
  /** Place of the first one shown. */
  readonly first: number;
  readonly shown: readonly WatchedPane[];
  readonly selected: WatchedPane | undefined;
}

function ordered(fleet: Fleet, view: View, fits: boolean, now: number): readonly WatchedPane[] {
  // What fits keeps its place for good.
  if (fits) return fleet;
  if (view.frozen === undefined) return byChange(fleet, now);
  const places = new Map(view.frozen.map((id, index) => [id, index]));
  const at = (pane: WatchedPane): number => places.get(pane.id) ?? places.size;
  return [...fleet].sort((a, b) => at(a) - at(b));
}

/** Whole pages, so that the screen stands still while the selection moves within it. */
function pageStart(at: number, size: number, count: number): number {
  return Math.max(0, Math.min(Math.floor(at / size) * size, count - size));
}

export function arrange(fleet: Fleet, view: View, space: Space, now: number): Arrangement {
  const grid = divide(space, fleet.length);
  const fits = fleet.length <= grid.capacity;
  const order = ordered(fleet, view, fits, now);
  const chosen = order.findIndex((pane) => pane.id === view.selected);
  const first = pageStart(Math.max(0, chosen), grid.capacity, order.length);
  return {
    order,
    grid,
    first,
    shown: order.slice(first, first + grid.capacity),
    // The first of all is what Enter means, but only where it cannot have just moved there.
    selected: order[chosen] ?? (fits ? order[0] : undefined),
  };
}

/** What a key asks for beside another view. */
export type Wish = 'quit' | 'attach' | 'suspend' | 'redraw';

function select(view: View, { order, first, selected }: Arrangement, step: number | 'first' | 'last'): View {
  if (order.length === 0) return view;
  const last = order.length - 1;
  const at = selected === undefined ? undefined : order.indexOf(selected);
  const to = step === 'first' ? 0 : step === 'last' ? last : at === undefined ? first : at + step;
  return {
    ...view,
    selected: order[Math.max(0, Math.min(last, to))]?.id,
    frozen: view.frozen ?? order.map((pane) => pane.id),
  };
}

const WISHES: Partial<Record<Key, Wish>> = {
  quit: 'quit',
  interrupt: 'quit',
  enter: 'attach',
  suspend: 'suspend',
  redraw: 'redraw',
};

/** What a key does. */
export function press(
  view: View,
  arrangement: Arrangement,
  key: Key,
): { readonly view: View; readonly wish?: Wish | undefined } {
  // Any key leaves the help; only those that end or refresh the program do more.
  if (view.help && !['interrupt', 'suspend', 'redraw'].includes(key)) return { view: { ...view, help: false } };
  switch (key) {
    case 'up':
      return { view: select(view, arrangement, -1) };
    case 'down':
      return { view: select(view, arrangement, 1) };
    case 'first':
    case 'last':
      return { view: select(view, arrangement, key) };
    case 'escape':
      return { view: { ...view, selected: undefined, frozen: undefined } };
    case 'pause':
      return { view: { ...view, paused: !view.paused } };
    case 'help':
      return { view: { ...view, help: true } };
    default:
      return { view, wish: WISHES[key] };
  }
}
