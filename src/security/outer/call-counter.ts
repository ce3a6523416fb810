import { OrcError } from '../../kernel/errors.js';
import type { Counters } from '../counters.js';
import { eventOfCall, type SeenCall } from '../alerts/seen.js';
import { decisionOf } from '../audit/call-event.js';
import type { SecurityEvent } from '../events.js';
import type { Call, CallFacts, Layer } from '../ring.js';

/** Upper bounds in seconds; the last one is what waits may take. */
export const DURATION_BUCKETS = [0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60] as const;

const bucketOf = (seconds: number): string => String(DURATION_BUCKETS.find((bound) => seconds <= bound) ?? '+Inf');

/** What a result says of itself, where it holds the text of a pane. */
function countIn(data: unknown, field: string): number {
  if (typeof data !== 'object' || data === null || !(field in data)) return 0;
  const value = (data as Record<string, unknown>)[field];
  return typeof value === 'number' ? value : 0;
}

/**
 * Counts every call with its outcome and its time. Outermost: it sees what the caller gets.
 * @param onCall told of each call that counts, once it has ended
 */
export function callCounter<Context extends Call>(
  counters: Counters,
  now: () => number,
  onCall: (seen: SeenCall, event: SecurityEvent | undefined) => void = () => undefined,
): Layer<Context> {
  return async (call, next) => {
    const started = now();
    const tool = call.operation?.name ?? 'unknown';
    const done = (outcome: string): void => {
      const seconds = (now() - started) / 1000;
      const kind = call.operation?.waits === true ? 'wait' : (call.operation?.effect ?? 'unknown');
      counters.add('calls_total', { tool, outcome });
      counters.add('call_duration_seconds_bucket', { kind, le: bucketOf(seconds) });
      counters.add('call_duration_seconds_sum', { kind }, seconds);
    };
    let facts: CallFacts = {};
    const note = (more: CallFacts): void => {
      facts = { ...facts, ...more };
    };
    const count = (thrown: unknown, result?: unknown): void => {
      const seen = { call, decision: decisionOf(call, thrown, facts), facts, result };
      const event = eventOfCall(seen);
      if (event !== undefined) counters.add('security_events_total', { class: event.class });
      if (call.counted) onCall(seen, event);
    };
    try {
      const data = await next({ ...call, note });
      done('ok');
      count(undefined, data);
      counters.add('redactions_total', {}, countIn(data, 'redactions'));
      counters.add('stripped_sequences_total', {}, countIn(data, 'stripped_sequences'));
      return data;
    } catch (error) {
      done(error instanceof OrcError ? error.code : 'INTERNAL');
      count(error);
      throw error;
    }
  };
}
