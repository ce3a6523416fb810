import type { Config } from '../../config/schema.js';
import { within } from '../../kernel/clock.js';
import type { Logger } from '../../kernel/logger.js';
import type { AlertMessage } from './message.js';
import { command, type Sink, webhook } from './sinks.js';

type Settings = Config['security']['alerts'];
type SinkName = 'webhook' | 'command';

export interface DeliveryOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Read at each alert. */
  readonly settings: () => Settings;
  readonly logger: Logger;
  /** Told once in each cooldown. */
  readonly onFailure: (sink: SinkName, reason: string) => void;
}

/** Brings alerts to where the operator wants them, beside everything else. */
export interface Delivery {
  readonly send: (message: AlertMessage) => void;
  /** Lets what is under way finish for a short time, then gives it up. */
  readonly close: () => Promise<void>;
}

/** Waiting for one sink; more would come so late that nobody needs it. */
const MAX_WAITING = 50;
/** A server has 700 ms to close everything. */
const ENDING_MS = 400;

interface Line {
  /** Settles when all that was given is delivered or given up. */
  tail: Promise<void>;
  waiting: number;
  failedAt: number | undefined;
}

function sinksOf({ webhook_url: url, command: argv }: Settings, env: NodeJS.ProcessEnv): [SinkName, Sink][] {
  const sinks: [SinkName, Sink][] = [];
  if (url !== null) sinks.push(['webhook', webhook(url)]);
  if (argv !== null) sinks.push(['command', command(argv, env)]);
  return sinks;
}

export function createDelivery({ env, settings, logger, onFailure }: DeliveryOptions): Delivery {
  const abort = new AbortController();
  const lines = new Map<SinkName, Line>();

  const failed = (line: Line, sink: SinkName, reason: string): void => {
    const now = performance.now();
    const cooldownMs = settings().cooldown_seconds * 1000;
    if (line.failedAt !== undefined && now - line.failedAt < cooldownMs) return;
    line.failedAt = now;
    logger.warn(`an alert was not delivered to the ${sink}`, { reason });
    onFailure(sink, reason);
  };
  const deliver = async (line: Line, name: SinkName, sink: Sink, body: string): Promise<void> => {
    const reason = abort.signal.aborted ? 'the program ends' : await sink(body, abort.signal).catch(() => 'it failed');
    line.waiting--;
    if (reason !== undefined) failed(line, name, reason);
  };
  return {
    send: (message) => {
      for (const [name, sink] of sinksOf(settings(), env)) {
        const line = lines.get(name) ?? { tail: Promise.resolve(), waiting: 0, failedAt: undefined };
        lines.set(name, line);
        if (line.waiting >= MAX_WAITING) {
          failed(line, name, 'too many wait for it');
          continue;
        }
        line.waiting++;
        // One after the other, so that a slow sink is never asked twice at once.
        line.tail = line.tail.then(() => deliver(line, name, sink, JSON.stringify(message)));
      }
    },
    close: async () => {
      const all = Promise.all([...lines.values()].map(({ tail }) => tail));
      await within(all, ENDING_MS);
      abort.abort();
      await all;
    },
  };
}
