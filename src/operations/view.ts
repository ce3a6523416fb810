/** A human rendering, before any surface gives it colours or widths. */
export interface View {
  readonly table?: { readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[] };
  /** Facts with their names, one below the other. */
  readonly facts?: readonly (readonly [name: string, value: string])[];
  /** Text as it is, for example what a pane shows. */
  readonly text?: string;
  /** Table and text were written by programs: a reader that may take them for instructions must see where they end. */
  readonly untrusted?: true;
  /** One line that says what happened or was found. */
  readonly summary?: string;
  /** Likewise, but beside the text: a terminal gets it on stderr, so that stdout is the text alone. */
  readonly note?: string;
}

/**
 * The view as plain text: cells two spaces apart, nothing cut.
 * @param frame is put around what programs wrote.
 */
export function plainText(view: View, frame: (text: string) => string = (text) => text): string {
  const parts: string[] = [];
  if (view.note !== undefined) parts.push(view.note);
  if (view.summary !== undefined) parts.push(view.summary);
  if (view.facts !== undefined) parts.push(plainFacts(view.facts));
  const shown: string[] = [];
  if (view.table !== undefined && view.table.rows.length > 0) shown.push(plainTable(view.table));
  if (view.text !== undefined) shown.push(view.text);
  if (shown.length > 0) parts.push(view.untrusted === true ? frame(shown.join('\n')) : shown.join('\n'));
  return parts.join('\n');
}

function plainFacts(facts: NonNullable<View['facts']>): string {
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

function plainTable(table: NonNullable<View['table']>): string {
  const lines = [table.columns, ...table.rows];
  const widths = table.columns.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `1 pane`, `2 panes`. */
export const plural = (n: number, noun: string): string => `${String(n)} ${noun}${n === 1 ? '' : 's'}`;
