/** Where a block stands on the screen, in cells from the top left. */
export interface Block {
  /** Place in the order of the panes. */
  readonly index: number;
  readonly column: number;
  readonly row: number;
  /** Its header line and what is below it. */
  readonly height: number;
}

export interface Grid {
  readonly columns: number;
  readonly cellWidth: number;
  /** How many panes there is room for. */
  readonly capacity: number;
}

export interface Space {
  readonly columns: number;
  readonly rows: number;
  /** Most lines of one pane. */
  readonly maxLines: number;
}

/** A block with fewer lines than this tells too little, so fewer panes are shown instead. */
const MIN_LINES = 3;
/** With at least this many lines for each pane there is no need for a further column. */
const COMFORTABLE_LINES = 8;
/** Most programs write for 80 columns; one less keeps two columns in 160. */
const MIN_CELL_WIDTH = 79;
/** Between two columns. */
export const GAP = 1;

/** How the screen is divided for so many panes. */
export function divide(space: Space, panes: number): Grid {
  const most = Math.max(1, Math.floor((space.columns + GAP) / (MIN_CELL_WIDTH + GAP)));
  const comfortable = 1 + Math.min(COMFORTABLE_LINES, space.maxLines);
  const perColumn = Math.max(1, Math.floor(space.rows / comfortable));
  const columns = Math.min(most, Math.max(1, Math.ceil(panes / perColumn)));
  const smallest = 1 + Math.min(MIN_LINES, space.maxLines);
  return {
    columns,
    cellWidth: Math.max(1, Math.floor((space.columns - GAP * (columns - 1)) / columns)),
    capacity: columns * Math.max(1, Math.floor(space.rows / smallest)),
  };
}

/**
 * Shares rows out: nobody gets more than wanted, and what one does not want goes to the others. Rows that do not divide
 * go to the first ones.
 * @returns one number for each want.
 */
export function share(wants: readonly number[], rows: number): number[] {
  const shares = wants.map(() => 0);
  const small = wants.map((want, index) => ({ want, index })).sort((a, b) => a.want - b.want || b.index - a.index);
  let left = Math.max(0, rows);
  small.forEach(({ want, index }, place) => {
    const given = Math.min(want, Math.floor(left / (small.length - place)));
    shares[index] = given;
    left -= given;
  });
  return shares;
}

/**
 * Places blocks in columns, filled from the top.
 * @param lines how many lines each pane that is shown has.
 * @param first place of the first of them in the order.
 */
export function place(space: Space, grid: Grid, lines: readonly number[], first: number): Block[] {
  const perColumn = Math.ceil(lines.length / grid.columns);
  const blocks: Block[] = [];
  for (let column = 0; column < grid.columns; column++) {
    const from = column * perColumn;
    const own = lines.slice(from, from + perColumn).map((count) => Math.min(count, space.maxLines));
    if (own.length === 0) break;
    const shares = share(own, space.rows - own.length);
    const spare = space.rows - own.length - shares.reduce((sum, rows) => sum + rows, 0);
    // Where all fits there is room to breathe.
    const air = spare >= own.length - 1 ? 1 : 0;
    let row = 0;
    own.forEach((_, at) => {
      const height = Math.min(1 + (shares[at] ?? 0), space.rows - row);
      if (height > 0) blocks.push({ index: first + from + at, column, row, height });
      row += height + air;
    });
  }
  return blocks;
}
