import { sleep } from '../../kernel/clock.js';
import type { AgentRecord } from '../records.js';
import type { Blocked } from './deliver.js';

/** In milliseconds. A try costs tmux a whole listing, a look at what is kept of an agent next to nothing. */
const AGAIN_MS = { first: 50, most: 500 } as const;
/** What has stood in the way for long is tried less often, by this part of that time, up to this. */
const LONG = { part: 0.05, mostMs: 2000 } as const;
/** How often at least what whoever watches will tell of is tried. */
const TOLD_MS = 10_000;
/** Whoever watches writes down when these are over. */
const TOLD: readonly string[] = ['working', 'rate_limited', 'dialog', 'other_process', 'agent_ended', 'pane_gone'];

export interface PatienceSources {
  readonly mono: () => number;
  /** What is kept of the agent now. */
  readonly kept: () => Promise<AgentRecord | undefined>;
  readonly isWatched: () => Promise<boolean>;
}

/** How long to wait between tries to deliver to one agent. */
export interface Patience {
  /** Before a try: what changes from here on is worth another one. */
  readonly begin: () => Promise<void>;
  /** @throws OrcError CANCELLED where the signal ends it */
  readonly wait: (blocked: Blocked, signal: AbortSignal) => Promise<void>;
}

const wordOf = (record: AgentRecord | undefined): string =>
  record === undefined ? '' : [record.panePid, record.state, record.seq, record.since, record.isOpen].join(' ');

export function createPatience({ mono, kept, isWatched }: PatienceSources): Patience {
  let pause: number = AGAIN_MS.first;
  let reason: string | undefined;
  let since = mono();
  let before = '';
  const isNothingNew = async (): Promise<boolean> => (await isWatched()) && wordOf(await kept()) === before;
  return {
    begin: async () => {
      before = wordOf(await kept());
    },
    wait: async (blocked, signal) => {
      const now = mono();
      if (blocked.reason !== reason) [reason, since, pause] = [blocked.reason, now, AGAIN_MS.first];
      const isTold = TOLD.includes(blocked.reason);
      const most = Math.max(AGAIN_MS.most, Math.min(LONG.mostMs, (now - since) * LONG.part));
      do {
        await sleep(pause, signal);
        pause = Math.min(pause * 1.5, isTold ? AGAIN_MS.most : most);
      } while (isTold && mono() - now < TOLD_MS && (await isNothingNew()));
    },
  };
}
