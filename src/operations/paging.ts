import { OrcError } from '../kernel/errors.js';

/** An opaque cursor for the entry after number `order`. */
export function writeCursor(order: number): string {
  return Buffer.from(`1:${String(order)}`).toString('base64url');
}

/** @throws OrcError INVALID_INPUT for anything that no answer of ours contained. */
export function readCursor(cursor: string): number {
  const [, order] = /^1:([0-9]{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString('utf8')) ?? [];
  if (order === undefined)
    throw new OrcError('INVALID_INPUT', 'cursor: not one that this tool gave.', {
      hint: 'Pass next_cursor of the last answer as it is, or none.',
    });
  return Number(order);
}
