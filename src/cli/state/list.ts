import type { NamedSnapshot, StateTools } from '../../app/state-tools.js';
import { setAsideText } from '../../app/set-aside.js';
import type { View } from '../../operations/view.js';
import type { Result } from '../answering.js';

const iso = (at: number): string => new Date(at).toISOString();

/** As programs get it. */
export const toEntry = ({ name, store, path, at, bytes }: NamedSnapshot): object => ({
  ...{ name, store, path, bytes },
  at: iso(at),
});

export function table(snapshots: readonly NamedSnapshot[], last: 'name' | 'path'): NonNullable<View['table']> {
  return {
    columns: ['STORE', 'TIME', 'BYTES', last.toUpperCase()],
    rows: snapshots.map((one) => [one.store, iso(one.at), String(one.bytes), one[last]]),
  };
}

export function listState(tools: StateTools): Result {
  const snapshots = tools.list();
  const setAside = tools.setAside();
  const note = setAside.length === 0 ? {} : { note: setAside.map((one) => `Note: ${setAsideText(one)}.`).join('\n') };
  const view = snapshots.length === 0 ? { summary: 'No snapshots.' } : { table: table(snapshots, 'name') };
  return [
    { snapshots: snapshots.map(toEntry), set_aside: setAside },
    { ...view, ...note },
  ];
}
