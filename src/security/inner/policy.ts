import type { Config } from '../../config/schema.js';
import { OrcError } from '../../kernel/errors.js';
import { judgeOperation, type Refusal } from '../policy/judge.js';
import { permissionOf } from '../policy/permissions.js';
import type { Call, CalledOperation, Layer } from '../ring.js';
import { UNKNOWN_STANDING } from '../trust/standing.js';

export type PolicySettings = Pick<Config['security'], 'permissions' | 'trust'>;

/** The error for a refusal, which is noted for the record of the call. */
export function refusalError(call: Pick<Call, 'note'>, { layer, rule, key, message, hint }: Refusal): OrcError {
  call.note?.({ decision: { layer, rule } });
  return new OrcError('DENIED', message, { hint, details: { rule, ...(key === undefined ? {} : { key }) } });
}

/** Why a call of an operation must not go on; undefined: it may. */
export function operationRefusal(
  { caller, standing = UNKNOWN_STANDING }: Pick<Call, 'caller' | 'standing'>,
  operation: Pick<CalledOperation, 'name' | 'effect' | 'exempt'>,
  { permissions, trust }: PolicySettings,
): Refusal | undefined {
  const { role } = caller;
  const permission = permissionOf(role, permissions);
  return judgeOperation({ role, standing, permission, operation, defaultTrust: trust.default });
}

/** Refuses what the caller may not call: by what it is, and by how it stands with the operator. */
export function policy<Context extends Call>(settings: () => PolicySettings): Layer<Context> {
  return (call, next) => {
    const { operation } = call;
    const refused = operation === undefined ? undefined : operationRefusal(call, operation, settings());
    if (refused !== undefined) throw refusalError(call, refused);
    return next(call);
  };
}
