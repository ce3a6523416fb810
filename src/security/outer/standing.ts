import { type Standing, UNKNOWN_STANDING } from '../trust/standing.js';
import type { Call, Layer } from '../ring.js';

/** Looks how the caller stands, for the limits and the policy behind it. Each call looks anew. */
export function standing<Context extends Call>(
  of: (caller: string, since?: number) => Promise<Standing>,
): Layer<Context> {
  return async (call, next) =>
    next({ ...call, standing: await of(call.caller.id, call.caller.agent?.since).catch(() => UNKNOWN_STANDING) });
}
