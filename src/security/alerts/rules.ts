import type { Transaction } from '../../store/store.js';
import type { EventClass } from '../events.js';
import type { AlertSettings } from './seen.js';
import { countIn, type Tally } from './windows.js';

/** Something that only many calls together show. */
export interface Sustained {
  readonly word: 'rate_limit_sustained' | 'validation_failed' | 'denials_sustained';
  /** As grave as an alert about it is. */
  readonly class: EventClass;
  readonly facts: Readonly<Record<string, number>>;
  readonly count: number;
}

const HOUR_MS = 3_600_000;
/** Of fewer calls a share says nothing. */
const RATIO_FROM_CALLS = 10;

/**
 * Counts what a caller did, together with all processes of the user, and tells which rules it has come to. A rule that
 * was met begins to count anew.
 */
export function judge(tx: Transaction, caller: string, more: Tally, settings: AlertSettings): Sustained[] {
  const found: Sustained[] = [];
  const windowMs = settings.window_seconds * 1000;
  const rated = countIn(tx, `rate ${caller}`, windowMs, { ...more, invalid: 0, denied: 0 });
  const { calls, limited } = rated.total;
  if (calls >= RATIO_FROM_CALLS && limited > settings.limited_ratio * calls) {
    const facts = { calls, limited, window_seconds: settings.window_seconds };
    found.push({ word: 'rate_limit_sustained', class: 'high', facts, count: limited });
    rated.clear();
  }
  if (more.invalid > 0) {
    const checked = countIn(tx, `invalid ${caller}`, windowMs, more);
    const { invalid } = checked.total;
    if (invalid >= settings.validation_failures) {
      const facts = { failures: invalid, window_seconds: settings.window_seconds };
      // One alone is medium; so many are what the setting is there for, and alert as the default of min_class has it.
      found.push({ word: 'validation_failed', class: 'high', facts, count: invalid });
      checked.clear();
    }
  }
  if (more.denied > 0) {
    const refused = countIn(tx, `denied ${caller}`, HOUR_MS, more);
    const { denied } = refused.total;
    if (denied > settings.denials_per_hour) {
      found.push({ word: 'denials_sustained', class: 'medium', facts: { denied }, count: denied });
      refused.clear();
    }
  }
  return found;
}
