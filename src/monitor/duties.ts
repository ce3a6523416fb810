import { within } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import type { Listing } from '../tmux/listing.js';
import type { MonitorEvent } from './event-log.js';
import type { AgentView } from './fleet.js';

/** What one round has seen. */
export interface RoundView {
  /** Both clocks, in milliseconds. */
  readonly now: { readonly mono: number; readonly wall: number };
  readonly listing: Listing;
  /** All agents, as they were looked at last. */
  readonly agents: ReadonlyMap<string, AgentView>;
  /** What was another state than before. */
  readonly changes: readonly MonitorEvent[];
}

/** Something that is done after rounds, beside them. */
export interface Duty {
  readonly name: string;
  /** How often at most, in milliseconds; every round where it is not told. */
  readonly everyMs?: number;
  /** @param signal ends it: the monitor is somebody else from then on */
  readonly run: (view: RoundView, signal: AbortSignal) => Promise<void>;
}

/** Starts what is due and not at it still. None of them keeps a round waiting, and none that fails stops another. */
export interface Duties {
  readonly start: (view: RoundView) => void;
  /** Until all that were begun are done, given up, or had their time for it. */
  readonly close: () => Promise<void>;
}

/** How long duties may take to end once they are told to, in milliseconds. */
const ENDING_MS = 5000;

export function createDuties(duties: readonly Duty[], logger: Logger, signal: AbortSignal): Duties {
  const running = new Map<string, Promise<void>>();
  const begun = new Map<string, number>();
  /** Changes that a duty has not been told of, while it was at it. */
  const missed = new Map<string, MonitorEvent[]>();
  const start = (duty: Duty, view: RoundView): void => {
    const { name, everyMs = 0, run } = duty;
    const changes = [...(missed.get(name) ?? []), ...view.changes];
    if (running.has(name) || view.now.mono - (begun.get(name) ?? -Infinity) < everyMs) {
      missed.set(name, changes);
      return;
    }
    missed.delete(name);
    begun.set(name, view.now.mono);
    // One that throws at once is no other than one that fails later.
    const work = Promise.resolve()
      .then(() => run({ ...view, changes }, signal))
      .catch((error: unknown) => {
        if (!signal.aborted) logger.warn(`monitor: ${name} failed`, { error: error instanceof Error ? error.message : 'not an error' });
      })
      .finally(() => running.delete(name));
    running.set(name, work);
  };
  return {
    start: (view) => {
      for (const duty of duties) start(duty, view);
    },
    close: async () => {
      await within(Promise.all(running.values()), ENDING_MS);
    },
  };
} // prettier-ignore
