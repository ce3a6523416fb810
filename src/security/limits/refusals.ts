import type { RateDecision } from './rate-limit.js';
import type { RateScope } from './rate-scopes.js';

export type Refusal = Extract<RateDecision, { admitted: false }>;

/** What this process knows to be refused for a while. */
export interface Refusals {
  /** @returns the refusal with what is left of its wait */
  readonly find: (scopes: readonly RateScope[]) => Refusal | undefined;
  readonly note: (scopes: readonly RateScope[], refusal: Refusal) => void;
}

/** A store that was replaced, or calls that gave up their turn, can make room earlier than was said. */
const KEPT_MS = 1000;
const MAX_KEPT = 1000;

const keyOf = (scopes: readonly RateScope[]): string =>
  scopes
    .map(({ key, max, windowMs, burst }) => `${key} ${String(max)} ${String(windowMs)} ${String(burst)}`)
    .join('\n');

/**
 * Remembers refusals, so that a flood costs the store, and the other processes that need it, next to nothing: until the
 * time that a refusal names nothing can be admitted, whatever others do.
 */
export function createRefusals(now = (): number => performance.now()): Refusals {
  const kept = new Map<string, { readonly at: number; readonly refusal: Refusal }>();
  return {
    find: (scopes) => {
      const key = keyOf(scopes);
      const found = kept.get(key);
      if (found === undefined) return undefined;
      const passed = now() - found.at;
      if (passed < Math.min(found.refusal.waitMs, KEPT_MS))
        return { ...found.refusal, waitMs: found.refusal.waitMs - passed };
      kept.delete(key);
      return undefined;
    },
    note: (scopes, refusal) => {
      if (kept.size >= MAX_KEPT) kept.clear();
      kept.set(keyOf(scopes), { at: now(), refusal });
    },
  };
}
