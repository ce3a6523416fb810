import { ForeignFileError } from '../config/private-files.js';
import { OrcError } from '../kernel/errors.js';
import { AuditKeyError } from '../security/audit/key.js';
import { StoreError } from '../store/store.js';

/**
 * What the state says, as an error for the operator; anything else as it is.
 * @param what cannot be done when the store does not answer
 */
export function told(error: unknown, what: string): unknown {
  if (error instanceof AuditKeyError || error instanceof ForeignFileError)
    return new OrcError('DENIED', error.message, { hint: 'Look at who changed it.' });
  if (!(error instanceof StoreError)) return error;
  return new OrcError('AUDIT_UNAVAILABLE', `${what}: ${error.message}`, { cause: error });
}

/** @throws what `told` makes of it */
export async function telling<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw told(error, what);
  }
}
