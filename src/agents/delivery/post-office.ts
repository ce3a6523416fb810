import { randomUUID } from 'node:crypto';
import { sleep } from '../../kernel/clock.js';
import { createScope } from '../../kernel/scope.js';
import { deliverQueue, type DeliverySources } from './deliver.js';
import { isSettled, type Message } from './messages.js';
import { createPatience } from './patience.js';

/** Delivers what waits for agents as long as this process runs. */
export interface PostOffice {
  /** Begins to deliver to an agent, if nobody does. */
  readonly tend: (agent: string) => void;
  /** Likewise, and tries at once: something is new. */
  readonly kick: (agent: string) => void;
  /**
   * Until a message is settled, or the time is over.
   * @param when in monotonic milliseconds
   * @throws OrcError CANCELLED
   */
  readonly settled: (id: string, when: number, signal: AbortSignal) => Promise<Message | undefined>;
  /** Lets what is being written be written to the end, and leaves the rest to others. */
  readonly close: () => Promise<void>;
}

/** Other processes deliver too: their work is found in the store. */
const LOOK_MS = 40;
/** No writing takes longer, but of what is very long. */
const WRITING_MS = 15_000;
/** How long what is being written has at the end of the process. */
const LAST_MS = 2000;
/** How often a lasting process looks for what others have left. */
const SWEEP_MS = 2000;

async function settledBy(
  { messages, clock }: DeliverySources,
  id: string,
  when: number,
  signal: AbortSignal,
): Promise<Message | undefined> {
  for (;;) {
    const message = await messages.get(id);
    if (message === undefined || isSettled(message)) return message;
    // What is being written is waited for: only then it can be said what became of it.
    if (clock.mono() >= when + (message.state === 'sending' ? WRITING_MS : 0)) return message;
    await sleep(LOOK_MS, signal);
  }
}

/** @param isWatched whether somebody delivers all that waits; undefined for a process that leaves alone what others left */
export function createPostOffice(sources: () => DeliverySources, isWatched?: () => Promise<boolean>): PostOffice {
  const scope = createScope();
  const owner = randomUUID();
  const running = new Map<string, { readonly done: Promise<void>; readonly wake: () => void }>();
  let isClosing = false;

  const isWatchedHere = isWatched ?? (() => Promise.resolve(false));
  const run = async (agent: string, pausing: () => AbortSignal): Promise<void> => {
    const { records, clock } = sources();
    const patience = createPatience({ mono: clock.mono, kept: () => records.get(agent), isWatched: isWatchedHere });
    while (!isClosing) {
      await patience.begin();
      const signal = pausing();
      const blocked = await deliverQueue(sources(), agent, {
        owner: `${owner} ${agent}`,
        signal: scope.signal,
        isClosing: () => isClosing,
      });
      // What came since the last look waits for nobody else.
      if (blocked === undefined && !signal.aborted) return;
      if (blocked !== undefined) await patience.wait(blocked, signal).catch(() => undefined);
    }
  };
  const tend = (agent: string): void => {
    if (isClosing || running.has(agent)) return;
    let pause = new AbortController();
    const pausing = (): AbortSignal => (pause = new AbortController()).signal;
    const done = run(agent, pausing)
      .catch(() => undefined)
      .finally(() => running.delete(agent));
    running.set(agent, {
      done,
      wake: () => {
        pause.abort();
      },
    });
  };
  /** Where nobody watches, whoever lasts takes over what others left. */
  const sweep = async (isDone: () => Promise<boolean>): Promise<void> => {
    if (await isDone()) return;
    for (const agent of (await sources().messages.counts()).keys()) tend(agent);
  };
  const sweeping = isWatched && setInterval(() => void sweep(isWatched).catch(() => undefined), SWEEP_MS).unref();
  return {
    tend,
    kick: (agent) => {
      running.get(agent)?.wake();
      tend(agent);
    },
    settled: (id, when, signal) => settledBy(sources(), id, when, signal),
    close: async () => {
      clearInterval(sweeping);
      isClosing = true;
      for (const { wake } of running.values()) wake();
      const last = setTimeout(() => void scope.close(), LAST_MS);
      await Promise.all([...running.values()].map(({ done }) => done));
      clearTimeout(last);
      await scope.close();
    },
  };
}
