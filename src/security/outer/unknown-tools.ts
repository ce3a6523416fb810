import type { Config } from '../../config/schema.js';
import { OrcError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import { shown } from '../../kernel/text.js';
import type { FallbackStore } from '../limits/fallback-store.js';
import { noteUnknown, throttledFor } from '../limits/unknown-tools.js';
import type { Call, Layer } from '../ring.js';

export interface UnknownToolsOptions {
  readonly store: FallbackStore;
  /** Read at each call. */
  readonly settings: () => Config['security']['unknown_tools'];
  readonly logger: Logger;
}

function throttled(ms: number): OrcError {
  return new OrcError('RATE_LIMITED', 'This caller has named too many tools that there are not.', {
    hint: `Every call is refused for ${(ms / 1000).toFixed(1)} s; then use names from tools/list.`,
    retryAfterMs: ms,
    details: { scope: 'unknown_tools' },
  });
}

/**
 * A caller that guesses names of tools is refused everything for a while. With the setting off it is only written to
 * the log.
 */
export function unknownTools<Context extends Call>({ store, settings, logger }: UnknownToolsOptions): Layer<Context> {
  return async (call, next) => {
    const { caller, operation, signal } = call;
    const { enabled, max_attempts: maxAttempts, window_seconds, throttle_seconds } = settings();
    const unknown = operation === undefined && call.malformed === undefined;
    if (unknown) logger.warn('unknown_tool', { caller: caller.id, name: shown(call.name ?? '') });
    if (!enabled || operation?.exempt === true || !call.counted) return next(call);
    const limits = { maxAttempts, windowMs: window_seconds * 1000, throttleMs: throttle_seconds * 1000 };
    const before = await store.read((view) => throttledFor(view, caller.id), { signal });
    if (before > 0) throw throttled(before);
    if (unknown) {
      const ms = await store.transact((tx) => noteUnknown(tx, caller.id, limits), { signal });
      if (ms > 0) {
        logger.warn('unknown_tool_throttled', { caller: caller.id, seconds: throttle_seconds });
        call.note?.({ decision: { layer: 'unknown_tools', rule: 'unknown_tool_throttled' } });
        throw throttled(ms);
      }
    }
    return next(call);
  };
}
