import { randomBytes } from 'node:crypto';
import { encode } from './encode.js';

const NUMBERS = [
  'pid', 'start_time', 'session_id', 'session_created', 'window_id', 'window_index', 'window_active', 'window_activity', 'pane_id', 'pane_index', 'pane_active',
  'pane_pid', 'pane_dead', 'pane_dead_status', 'pane_width', 'pane_height', 'pane_input_off', 'pane_synchronized', 'alternate_on', 'history_size', 'cursor_y',
] as const; // prettier-ignore
const STRINGS = [
  'session_name',
  'session_path',
  'window_name',
  'pane_title',
  'pane_current_command',
  'pane_current_path',
  'pane_tty',
  'pane_mode',
  '@orc_agent',
  '@orc_role',
  '@orc_event',
  '@orc_last',
] as const;

type Name = (typeof NUMBERS)[number] | (typeof STRINGS)[number];
type Fields<Asked extends Name = Name> = Readonly<Record<Asked, string>>;

/** What is asked for of each pane: numbers and ids, and then strings, which may hold any byte. */
interface Asked<Numbers extends Name, Strings extends Name> {
  readonly numbers: readonly Numbers[];
  readonly strings: readonly Strings[];
}

export const ALL: Asked<(typeof NUMBERS)[number], (typeof STRINGS)[number]> = { numbers: NUMBERS, strings: STRINGS };

/** What changes by itself, and what tells that it is the same pane in the same place. Each word less is time of tmux. */
export const MOVING = {
  numbers: ['session_id', 'window_id', 'window_activity', 'pane_id', 'pane_pid', 'pane_dead', 'pane_width', 'pane_height', 'alternate_on', 'history_size', 'cursor_y'],
  strings: ['session_name', 'pane_title', 'pane_current_command', 'pane_mode', '@orc_event', '@orc_last'],
} as const satisfies Asked<Name, Name>; // prettier-ignore

/**
 * A mark behind each string. Names may hold any byte, newlines included, and any program may set our options to anything;
 * none of them knows the mark of a listing before that is made. Its first character stands nowhere else in it, so that
 * nothing before it can be taken for a part of it.
 */
export const newMark = (): string => `:${randomBytes(8).toString('hex')}`;

function command(mark: string, { numbers, strings }: Asked<Name, Name>): string {
  const format = `${numbers.map((name) => `#{${name}}`).join(',')}${mark}${strings.map((name) => `#{${name}}${mark}`).join('')}`;
  return encode(['list-panes', '-a', '-F', format]);
}

export type AllFields = Fields;
export type MovingFields = Fields<(typeof MOVING.numbers)[number] | (typeof MOVING.strings)[number]>;

export const listPanes = (mark: string): string => command(mark, ALL);
export const listMoving = (mark: string): string => command(mark, MOVING);
export const LIST_CLIENTS = encode(['list-clients', '-F', '#{session_id} #{client_control_mode}']);

/** A row did not read back as it was asked for. Ask again. */
export class ListingChanged extends Error {
  override readonly name = 'ListingChanged';
}

const utf8 = (text: string): string => (/[\x80-\xff]/.test(text) ? Buffer.from(text, 'latin1').toString('utf8') : text);

function addsUp(parts: readonly string[], each: number): boolean {
  // Nothing at all, or rows up to their last end.
  return parts.length === 1 ? parts[0] === '' : (parts.length - 1) % each === 0 && parts.at(-1) === '\n';
}

/** @throws ListingChanged */
export function readRows<Numbers extends Name, Strings extends Name>(
  body: Buffer,
  mark: string,
  { numbers, strings }: Asked<Numbers, Strings>,
): Fields<Numbers | Strings>[] {
  const parts = body.toString('latin1').split(mark);
  const each = 1 + strings.length;
  if (!addsUp(parts, each)) throw new ListingChanged();
  const rows: Fields<Numbers | Strings>[] = [];
  for (let at = 0; at + each < parts.length; at += each) {
    const [head = '', ...texts] = parts.slice(at, at + each);
    // Each row but the first stands behind the end of the one before.
    if (at > 0 && !head.startsWith('\n')) throw new ListingChanged();
    const values = (at > 0 ? head.slice(1) : head).split(',');
    if (values.length !== numbers.length) throw new ListingChanged();
    const fields: Partial<Record<Name, string>> = {};
    for (const [index, name] of numbers.entries()) fields[name] = values[index] ?? '';
    for (const [index, name] of strings.entries()) fields[name] = utf8(texts[index] ?? '');
    rows.push(fields as Fields<Numbers | Strings>);
  }
  return rows;
}
