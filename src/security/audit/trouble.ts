import { ForeignFileError } from '../../config/private-files.js';
import { OrcError } from '../../kernel/errors.js';
import { StoreError } from '../../store/store.js';
import { AuditKeyError } from './key.js';

/** Whatever it is, it may be over by then. */
export const RETRY_MS = 1000;

const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: 'there is no space left',
  EDQUOT: 'there is no space left',
  EFBIG: 'its file may not grow',
  full: 'there is no space left',
  busy: 'other processes keep it locked',
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EROFS: 'it may not be written',
};

/** Why the log cannot be written, in words that name no path. */
export function reasonOf(error: unknown): string {
  if (error instanceof AuditKeyError || error instanceof ForeignFileError) return error.message;
  if (error instanceof StoreError && error.code === 'refused') return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return WORDS[code] ?? 'it cannot be written';
}

export function unavailable(reason: string): OrcError {
  return new OrcError('AUDIT_UNAVAILABLE', `The call was not made, because it could not be recorded: ${reason}.`, {
    hint: 'Check that the state folder can be written and has space, then try again. tmux-orc doctor looks at it.',
    retryAfterMs: RETRY_MS,
    cause: new Error(reason),
  });
}

/** Why something that was done all the same is not on record. */
export function whyUnrecorded(error: unknown): string {
  return error instanceof OrcError && error.cause instanceof Error ? error.cause.message : reasonOf(error);
}
