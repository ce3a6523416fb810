import type { Operation } from '../../src/operations/define-operation.js';

const JOB = 'that of the command; 6 when it was refused or lost, 124 while it runs';
/** In words what the functions `exitCode` of the operations do. */
const MEANINGS: Readonly<Record<string, string>> = {
  run_command: JOB,
  get_job: JOB,
  cancel_job: JOB,
  wait_for_output: '0 for a match or silence, 124 at the timeout, 3 when the pane closed',
};

/** What the exit code of a success tells, where it is not always 0. */
export const exitMeaning = (operation: Operation): string | undefined =>
  operation.exitCode === undefined ? undefined : (MEANINGS[operation.name] ?? 'follows from the result');
