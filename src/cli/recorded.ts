import type { View } from '../operations/view.js';

/** Says of a change whether it is in the audit log. @param unrecorded why it is not */
export function recorded(
  [data, view]: [Record<string, unknown>, View],
  unrecorded: string | undefined,
): [Record<string, unknown>, View] {
  const note =
    unrecorded === undefined ? {} : { note: `It is not in the audit log: ${unrecorded.replace(/\.$/, '')}.` };
  return [
    { ...data, recorded: unrecorded === undefined },
    { ...view, ...note },
  ];
}
