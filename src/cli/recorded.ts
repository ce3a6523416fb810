import type { Result } from './answering.js';

/** Says of a change whether it is in the audit log. @param unrecorded why it is not */
export function recorded([data, view]: Result, unrecorded: string | undefined): Result {
  const note =
    unrecorded === undefined ? {} : { note: `It is not in the audit log: ${unrecorded.replace(/\.$/, '')}.` };
  return [
    { ...data, recorded: unrecorded === undefined },
    { ...view, ...note },
  ];
}
