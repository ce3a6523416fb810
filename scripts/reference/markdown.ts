/** Text that stands in Markdown as it is. */
export function plain(text: string): string {
  return text
    .replaceAll(/[\\*<`]/g, (character) => (character === '<' ? '&lt;' : `\\${character}`))
    .replaceAll(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, '\\_')
    .replaceAll(/\s*\n\s*/g, ' ');
}

/** A word or value in the typewriter face. */
export function code(text: string): string {
  const ticks = text.includes('`') ? '``' : '`';
  return text === '' ? '' : `${ticks}${text}${ticks}`;
}

export const codes = (words: readonly string[]): string => words.map(code).join(', ');

/** A value of a setting or a parameter, as JSON has it. */
export const value = (given: unknown): string => (given === undefined ? '' : code(JSON.stringify(given)));

/** Columns that are empty in every row say nothing and are left out. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const kept = columns.map((_, index) => rows.some((row) => (row[index] ?? '') !== ''));
  const line = (cells: readonly string[]): string =>
    `| ${cells
      .filter((_, index) => kept[index])
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

/** The parts of a page, with an empty line between; empty parts are left out. */
export function page(title: string, ...parts: readonly string[]): string {
  const note = '<!-- Generated from the sources: npm run reference. Changes made here are lost. -->';
  return `${[`# ${title}`, note, ...parts].filter((part) => part !== '').join('\n\n')}\n`;
}

export const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;

/** The anchor that a heading gets on GitHub and most other sites. */
export const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
