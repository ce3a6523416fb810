/** The file before is not as the store says: missing, shorter, or with another last record. */
const NOT_AS_LEFT = ['missing', 'shorter', 'changed'] as const;

const BROKEN = [
  ...NOT_AS_LEFT,
  /** Another key signs from here on. */
  'key',
  /** The store has lost the end of the log; it was found again in the files. */
  'head_lost',
] as const;

/** Why a file begins though nobody of ours ended the one before: the log is not as it was left. */
export type Broken = (typeof BROKEN)[number];

/** Why a file begins. */
export type Because = 'first' | 'size' | 'age' | Broken;

const isOneOf = (list: readonly string[], because: unknown): boolean =>
  typeof because === 'string' && list.includes(because);

/** @param because as a record has it */
export const isBroken = (because: unknown): because is Broken => isOneOf(BROKEN, because);

/** Whether the store knows the size that the file before should have. */
export const isNotAsLeft = (because: Because): boolean => isOneOf(NOT_AS_LEFT, because);
