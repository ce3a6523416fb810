import { randomUUID } from 'node:crypto';
import { sleep } from '../../kernel/clock.js';
import { createScope } from '../../kernel/scope.js';
import { deliverQueue, type DeliverySources } from './deliver.js';
import type { Message } from './messages.js';
import { isSettled } from './messages.js';

/** Delivers what waits for agents as long as this process runs. */
export interface PostOffice {
  /** Begins to deliver to an agent, if nobody does. */
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

const AGAIN_MS = { first: 50, most: 500 } as const;
/** Other processes deliver too: their work is found in the store. */
const LOOK_MS = 40;
/** No writing takes longer, but of what is very long. */
const WRITING_MS = 15_000;
/** How long what is being written has at the end of the process. */
const LAST_MS = 2000;
/** How often a lasting process looks for what others have left. */
const SWEEP_MS = 2000;

/** @param isLasting it goes on beside calls, and takes over what others left */
export function createPostOffice(sources: () => DeliverySources, isLasting: boolean): PostOffice {
  const scope = createScope();
  const owner = randomUUID();
  const running = new Map<string, Promise<void>>();
  let isClosing = false;
  const pausing = new AbortController();

  const run = async (agent: string): Promise<void> => {
    for (let pause: number = AGAIN_MS.first; !isClosing; pause = Math.min(pause * 1.5, AGAIN_MS.most)) {
      const blocked = await deliverQueue(sources(), agent, {
        owner: `${owner} ${agent}`,
        signal: scope.signal,
        isClosing: () => isClosing,
      });
      if (blocked === undefined) return;
      await sleep(pause, pausing.signal);
    }
  };
  const kick = (agent: string): void => {
    if (isClosing || running.has(agent)) return;
    const work = run(agent)
      .catch(() => undefined)
      .finally(() => running.delete(agent));
    running.set(agent, work);
  };
  function sweep(): void {
    sources()
      .messages.counts()
      .then((counts) => {
        for (const agent of counts.keys()) kick(agent);
      })
      .catch(() => undefined);
  }
  const sweeping = isLasting ? setInterval(sweep, SWEEP_MS).unref() : undefined;
  return {
    kick,
    settled: async (id, when, signal) => {
      const { messages, clock } = sources();
      for (;;) {
        const message = await messages.get(id);
        if (message === undefined || isSettled(message)) return message;
        // What is being written is waited for: only then it can be said what became of it.
        if (clock.mono() >= when + (message.state === 'sending' ? WRITING_MS : 0)) return message;
        await sleep(LOOK_MS, signal);
      }
    },
    close: async () => {
      clearInterval(sweeping);
      isClosing = true;
      pausing.abort();
      const last = setTimeout(() => void scope.close(), LAST_MS);
      await Promise.all(running.values());
      clearTimeout(last);
      await scope.close();
    },
  };
}
