/** The place in a line behind a row of it. Newer versions of tmux fill a row up with spaces. */
function behind(line: string, at: number, row: string): number | undefined {
  if (line.startsWith(row, at)) return at + row.length;
  const written = row.replace(/ +$/, '');
  return line.startsWith(written, at) ? at + written.length : undefined;
}

/**
 * How many rows each line takes, as tmux drew it.
 * @param lines logical lines (`capture-pane -J`). @param rows the same, as they stand on the screen (`capture-pane -N`)
 * @returns undefined when they are not of one moment
 */
export function heightsOf(lines: readonly string[], rows: readonly string[]): ReadonlyMap<string, number> | undefined {
  const heights = new Map<string, number>();
  let next = 0;
  for (const [index, line] of lines.entries()) {
    const first = next;
    let at: number | undefined = 0;
    do {
      at = behind(line, at, rows[next] ?? '');
      next += 1;
      if (at === undefined || next > rows.length) return undefined;
    } while (line.slice(at).trim() !== '' || isRestOf(lines[index + 1], rows[next]));
    heights.set(line, next - first);
  }
  return next === rows.length ? heights : undefined;
}

/** An empty row before a line that begins with something: the end of a line that the terminal wrapped. */
function isRestOf(nextLine: string | undefined, row: string | undefined): boolean {
  return row?.trim() === '' && nextLine?.trim() !== '';
}
