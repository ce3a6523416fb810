import { sleep } from '../../kernel/clock.js';
import type { DeliverySources } from '../delivery/deliver.js';
import type { PaneRow } from '../../tmux/listing.js';
import type { JobId } from '../../tmux/jobs/job.js';
import { type AgentFacts, observeAll } from '../service.js';

/** An agent as one round of looks has shown it. */
export interface SeenAgent {
  readonly facts: AgentFacts;
  /** A turn is open: it goes on, whatever stands in the way of it now. */
  readonly isOpen: boolean;
  /** Messages wait for it, one is being written, or a command that was one runs. */
  readonly hasMail: boolean;
  /** Tells what it does by its own word, or the system's, and not only by a screen that may be half drawn. */
  readonly isExact: boolean;
}

type OnRound = (seen: ReadonlyMap<string, SeenAgent>) => void;

/** Looks at agents again and again, once for all who wait for them. */
export interface Rounds {
  /** @returns stops it */
  readonly follow: (names: readonly string[], onRound: OnRound) => () => void;
  readonly close: () => void;
}

const INTERVAL_MS = 150;
/** Many are looked at less often: what that costs stays the same. */
const INTERVAL_MS_PER_AGENT = 5;
const EXACT: readonly string[] = ['process', 'api', 'registry', 'hook'];

/** Whether the last command that a shell was given runs still: the shell itself may seem to wait for one meanwhile. */
function createJobEnds({ open }: DeliverySources): (pane: PaneRow) => Promise<boolean> {
  const over = new Set<JobId>();
  return async (pane) => {
    const { jobs } = open();
    const job = await jobs.lastOf(pane);
    if (job === undefined || over.has(job)) return false;
    const report = await jobs.get(job, { timeoutMs: 1, signal: AbortSignal.timeout(1000) }).catch(() => undefined);
    if (report?.state === 'running') return true;
    over.add(job);
    return false;
  };
}

async function look(
  sources: DeliverySources,
  names: ReadonlySet<string>,
  runsJob: (pane: PaneRow) => Promise<boolean>,
): Promise<ReadonlyMap<string, SeenAgent>> {
  const [listing, rows, counts] = await Promise.all([
    sources.tmux.list(),
    sources.rows.list(),
    sources.messages.counts(),
  ]);
  const agents = rows.filter(({ name }) => names.has(name));
  const all = await observeAll(sources, agents, listing);
  const seen = all.map(async ({ facts, record, found, look: { verdict } }) => {
    const isShell = facts.provider === 'shell' && facts.state === 'idle';
    const isAtWork = isShell && found !== undefined && (await runsJob(found.pane));
    return [
      facts.name,
      {
        ...{ facts, isOpen: record.isOpen, hasMail: isAtWork || (counts.get(facts.name) ?? 0) > 0 },
        isExact: verdict.winner !== undefined && EXACT.includes(verdict.winner.source),
      },
    ] as const;
  });
  return new Map(await Promise.all(seen));
}

/** @param sources behind no gate: who follows an agent was asked before whether it may */
export function createRounds(sources: () => DeliverySources): Rounds {
  const followers = new Map<OnRound, readonly string[]>();
  const closing = new AbortController();
  let wake = new AbortController();
  let going = false;
  let runsJob: ((pane: PaneRow) => Promise<boolean>) | undefined;

  const names = (): Set<string> => new Set([...followers.values()].flat());
  const go = async (): Promise<void> => {
    while (followers.size > 0 && !closing.signal.aborted) {
      const wanted = names();
      wake = new AbortController();
      // A look that fails is tried again: who waits has a deadline of its own.
      const seen = await look(sources(), wanted, (runsJob ??= createJobEnds(sources()))).catch(() => undefined);
      if (seen !== undefined) for (const follower of [...followers.keys()]) follower(seen);
      const pause = Math.max(INTERVAL_MS, wanted.size * INTERVAL_MS_PER_AGENT);
      await sleep(pause, AbortSignal.any([closing.signal, wake.signal])).catch(() => undefined);
    }
  };
  const start = (): void => {
    if (going) return;
    going = true;
    void go().finally(() => {
      going = false;
      if (followers.size > 0 && !closing.signal.aborted) start();
    });
  };
  return {
    follow: (wanted, onRound) => {
      followers.set(onRound, wanted);
      wake.abort();
      start();
      return () => followers.delete(onRound);
    },
    close: () => {
      followers.clear();
      closing.abort();
    },
  };
}
