import type { DispatchResult } from '../app/dispatcher.js';
import { cleanOutside } from '../app/outgoing.js';
import { type ErrorObject, toErrorObject } from '../kernel/errors.js';
import { plainText, type View } from '../operations/view.js';
import { withCommands } from './command-names.js';
import { hanging } from './wrap.js';

/** Where and how results are written. */
export interface Output {
  readonly json: boolean;
  readonly colour: boolean;
  /** Width of the terminal; undefined when it is none, and lines may be of any length. */
  readonly columns: number | undefined;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

// ECMA-48 SGR; two styles do not need a library.
const bold = (text: string): string => `\x1b[1m${text}\x1b[0m`;
const red = (text: string): string => `\x1b[31m${text}\x1b[0m`;

/** What goes to stdout: the note goes to stderr. */
const body = ({ note: _note, ...view }: View): View => view;

/** Facts for a terminal: names in bold, long values wrapped below their first line. */
function factLines(facts: NonNullable<View['facts']>, output: Output): string {
  const width = Math.max(...facts.map(([name]) => name.length)) + 2;
  const lines = facts.map(([name, value]) => {
    const text = hanging(name.padEnd(width), value, output.columns);
    return output.colour ? `${bold(name)}${text.slice(name.length)}` : text;
  });
  return lines.join('\n');
}

function onTerminal({ facts, ...view }: View, output: Output): string {
  const rest = output.colour ? coloured(view) : plainText(view);
  return [facts === undefined ? '' : factLines(facts, output), rest].filter((part) => part !== '').join('\n');
}

function coloured(view: View): string {
  const text = plainText(view);
  if (view.table === undefined || view.table.rows.length === 0) return text;
  const header = view.table.columns[0] ?? '';
  return text
    .split('\n')
    .map((line) => (line.startsWith(`${header} `) ? bold(line) : line))
    .join('\n');
}

function writeError(output: Output, error: ErrorObject): void {
  if (output.json) {
    output.out(`${JSON.stringify({ ok: false, error: { ...error, hint: withCommands(error.hint) } })}\n`);
    return;
  }
  const code = output.colour ? red(error.code) : error.code;
  output.err(`${code}: ${error.message}\n${withCommands(error.hint)}\n`);
}

/** Writes what an operation gave: one JSON line, or text for people. */
export function writeResult(output: Output, result: DispatchResult): void {
  if (!result.ok) {
    writeError(output, result.error);
    return;
  }
  if (output.json) {
    const meta = { correlation_id: result.meta.correlationId, duration_ms: result.meta.durationMs };
    output.out(`${JSON.stringify({ ok: true, data: result.data, meta })}\n`);
    return;
  }
  if (result.view.note !== undefined) output.err(`${withCommands(result.view.note)}\n`);
  const view = body(result.view);
  const text = output.colour || output.columns !== undefined ? onTerminal(view, output) : plainText(view);
  if (text !== '') output.out(`${text}\n`);
}

/** Writes what was thrown outside of any call: wrong usage, a config that is refused. */
export function writeThrown(output: Output, thrown: unknown, correlationId: string): ErrorObject {
  const error = cleanOutside(toErrorObject(thrown, correlationId));
  writeError(output, error);
  return error;
}
