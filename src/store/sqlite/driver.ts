import type Libsql from 'libsql';
import { ForeignFileError } from '../../config/private-files.js';
import { StoreError, type StoreErrorCode } from '../store.js';

export type Database = InstanceType<typeof Libsql>;
export type Statement = ReturnType<Database['prepare']>;

let driver: Promise<typeof Libsql> | undefined;

/**
 * The driver finds out which C library there is from a report of the process. For that one Node would look up the names
 * of all peers in the DNS, and wait for them (Node's documentation, process.report.excludeNetwork).
 */
function withoutLookups<T>(work: () => Promise<T>): Promise<T> {
  const report = process.report as { excludeNetwork?: boolean } | undefined;
  if (report === undefined) return work();
  const before = report.excludeNetwork ?? false;
  report.excludeNetwork = true;
  return work().finally(() => {
    report.excludeNetwork = before;
  });
}

/**
 * Loads the native driver when it is first needed.
 * @throws StoreError failed, where there is none for this system
 */
export function loadDriver(): Promise<typeof Libsql> {
  return (driver ??= withoutLookups(() => import('libsql')).then(
    (module) => module.default,
    (error: unknown) => {
      driver = undefined;
      throw new StoreError('failed', 'The database driver cannot be loaded on this system.', { cause: error });
    },
  ));
}

// Primary result codes, https://www.sqlite.org/rescode.html; the extended ones carry them in their low byte.
const CODES: Readonly<Record<number, StoreErrorCode>> = {
  3: 'refused', // PERM
  5: 'busy', // BUSY
  6: 'busy', // LOCKED
  8: 'refused', // READONLY
  11: 'corrupt', // CORRUPT
  13: 'full', // FULL
  14: 'refused', // CANTOPEN
  26: 'corrupt', // NOTADB
};

const MESSAGES: Readonly<Record<StoreErrorCode, string>> = {
  busy: 'Other processes keep the store locked.',
  corrupt: 'The store cannot be read.',
  full: 'There is no space left for the store.',
  refused: 'The store may not be used.',
  failed: 'The store failed.',
  closed: 'The store is closed.',
};

const FULL_ERRNO = ['ENOSPC', 'EDQUOT'];
const REFUSED_ERRNO = ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ELOOP'];

function codeOf(error: unknown): StoreErrorCode {
  if (error instanceof ForeignFileError) return 'refused';
  if (!(error instanceof Error)) return 'failed';
  if ('rawCode' in error && typeof error.rawCode === 'number') return CODES[error.rawCode & 0xff] ?? 'failed';
  const errno = 'code' in error ? String(error.code) : '';
  if (FULL_ERRNO.includes(errno)) return 'full';
  return REFUSED_ERRNO.includes(errno) ? 'refused' : 'failed';
}

/** What the driver or the system said, as one of ours; its own text may hold a path and stays in the cause. */
export function storeError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const code = codeOf(error);
  return new StoreError(code, error instanceof ForeignFileError ? error.message : MESSAGES[code], { cause: error });
}

export const closedError = (): StoreError => new StoreError('closed', MESSAGES.closed);
export const busyError = (): StoreError => new StoreError('busy', MESSAGES.busy);
