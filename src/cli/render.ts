import type { DispatchResult } from '../app/dispatcher.js';
import { type ErrorObject, toErrorObject } from '../kernel/errors.js';
import { plainText, type View } from '../operations/view.js';

/** Where and how results are written. */
export interface Output {
  readonly json: boolean;
  readonly colour: boolean;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

// ECMA-48 SGR; two styles do not need a library.
const bold = (text: string): string => `\x1b[1m${text}\x1b[0m`;
const red = (text: string): string => `\x1b[31m${text}\x1b[0m`;

/** What goes to stdout: the note goes to stderr. */
const body = ({ note: _note, ...view }: View): View => view;

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
    output.out(`${JSON.stringify({ ok: false, error })}\n`);
    return;
  }
  const code = output.colour ? red(error.code) : error.code;
  output.err(`${code}: ${error.message}\n${error.hint}\n`);
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
  if (result.view.note !== undefined) output.err(`${result.view.note}\n`);
  const view = body(result.view);
  const text = output.colour ? coloured(view) : plainText(view);
  if (text !== '') output.out(`${text}\n`);
}

export function writeThrown(output: Output, thrown: unknown, correlationId: string): ErrorObject {
  const error = toErrorObject(thrown, correlationId);
  writeError(output, error);
  return error;
}
