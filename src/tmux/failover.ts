import type { Clock } from '../kernel/clock.js';
import type { ControlClient } from './control/client.js';
import type { ControlSource } from './control/connection.js';
import type { SpawnedClient, SpawnOptions } from './spawned-client.js';
import { type Reply, type TmuxRequest, TransportFailure } from './transport.js';
import type { Turns } from './turns.js';

export interface Link {
  /** A read: asked again over the spawned client when control mode fails. Both share one deadline. */
  readonly read: (request: TmuxRequest) => Promise<Reply>;
  /**
   * A change: sent at most once. A failure of kind `timeout` or `lost` means that it may have happened.
   * @param before lines that go just before it on the same connection, for example the text to paste.
   */
  readonly write: (request: TmuxRequest, before?: readonly TmuxRequest[]) => Promise<Reply>;
  /** A change by a process of its own, whose working directory new panes get. */
  readonly spawn: (request: TmuxRequest, options: SpawnOptions) => Promise<Reply>;
  readonly mode: () => 'control' | 'spawned';
  /** The same link for a caller that has to answer by then, on the clock of the link. */
  readonly endingBy: (end: number) => Link;
}

const NO_TIME = 'no time is left for tmux';
/** Less time than this part of what tmux is given says nothing about tmux when it runs out. */
const TELLING = 0.5;

export interface LinkOptions {
  readonly control: ControlSource;
  readonly spawned: SpawnedClient;
  readonly turns: Turns;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** After a wait: what is sent too late is told as unknown, and its silence would cost the connection. */
function checkTime(clock: Clock, deadline: number): void {
  if (clock.mono() >= deadline) throw new TransportFailure('unsent', NO_TIME, true);
}

/** Connecting takes at most half of the time, so that the fall-back has the other half; so does a read. */
const connectedBy =
  (control: ControlSource, clock: Clock) =>
  async (deadline: number): Promise<ControlClient> => {
    const client = await control.get((deadline - clock.mono()) / 2);
    checkTime(clock, deadline);
    return client;
  };

/** A change that waits for its turn: it is made in the time that is left then, or not at all. */
type InTurn = <T>(deadline: number, work: () => Promise<T>) => Promise<T>;

const inTurnOf =
  (turns: Turns, clock: Clock): InTurn =>
  (deadline, work) =>
    turns.change(() => {
      checkTime(clock, deadline);
      return work();
    }, deadline - clock.mono());

/** It may be sent in the other way. */
const isUnsent = (failure: unknown): boolean =>
  failure instanceof TransportFailure && failure.kind === 'unsent' && !failure.hurried;

/** The other way would be no use. */
const isFinal = (failure: unknown): boolean =>
  failure instanceof TransportFailure && (failure.kind === 'no-server' || failure.hurried);

/** Control mode first, the spawned client when it cannot be had or does not answer. */
export function createLink({ control, spawned, turns, clock, timeoutMs }: LinkOptions): Link {
  let mode: 'control' | 'spawned' = 'control';

  const connected = connectedBy(control, clock);
  const inTurn = inTurnOf(turns, clock);
  const left = (deadline: number): number => Math.max(1, deadline - clock.mono());

  const heard = (replies: readonly Reply[]): Reply => {
    mode = 'control';
    return replies.at(-1) ?? { ok: true, body: Buffer.alloc(0) };
  };

  const overSpawned = async (requests: readonly TmuxRequest[], deadline: number): Promise<Reply> => {
    // source-file runs the lines one after the other, as the control connection does.
    const line = requests.map((request) => request.line).join('\n');
    const reply = await spawned.request({ line, shape: 'list' }, left(deadline));
    mode = 'spawned';
    return reply;
  };

  const read = async (request: TmuxRequest, deadline: number): Promise<Reply> => {
    try {
      const client = await connected(deadline);
      return heard([await client.request(request, left(deadline) / 2)]);
    } catch (failure) {
      if (isFinal(failure)) throw failure;
      return await overSpawned([request], deadline).catch((again: unknown) => {
        // To who only looks, a server that has just ended is none.
        const ended = again instanceof TransportFailure && again.kind === 'ended';
        throw ended ? new TransportFailure('no-server', again.message) : again;
      });
    }
  };

  const write = async (requests: readonly TmuxRequest[], deadline: number): Promise<Reply> => {
    try {
      const client = await connected(deadline);
      const ask = (): Promise<Reply[]> =>
        Promise.all(requests.map((request) => client.request(request, left(deadline))));
      return heard(await inTurn(deadline, ask));
    } catch (failure) {
      if (!isUnsent(failure)) throw failure;
      return await inTurn(deadline, () => overSpawned(requests, deadline));
    }
  };

  const endingBy = (end: number): Link => {
    const within = async (ask: (deadline: number) => Promise<Reply>): Promise<Reply> => {
      const now = clock.mono();
      if (now >= end) throw new TransportFailure('unsent', NO_TIME, true);
      try {
        return await ask(Math.min(now + timeoutMs, end));
      } catch (failure) {
        const hurried = failure instanceof TransportFailure && end - now < timeoutMs * TELLING;
        throw hurried ? new TransportFailure(failure.kind, failure.message, true) : failure;
      }
    };
    return {
      read: (request) => within((deadline) => read(request, deadline)),
      write: (request, before = []) => within((deadline) => write([...before, request], deadline)),
      spawn: (request, options) =>
        within((deadline) => inTurn(deadline, () => spawned.run(request, left(deadline), options))),
      mode: () => mode,
      endingBy: (other) => endingBy(Math.min(end, other)),
    };
  };
  return endingBy(Infinity);
}

export type Guard = <T>(ask: () => Promise<T>) => Promise<T>;

/** A link whose requests all pass a guard. */
export function guardedLink(link: Link, guard: Guard): Link {
  return {
    read: (request) => guard(() => link.read(request)),
    write: (request, before) => guard(() => link.write(request, before)),
    spawn: (request, options) => guard(() => link.spawn(request, options)),
    mode: link.mode,
    endingBy: (end) => guardedLink(link.endingBy(end), guard),
  };
}

/** What a failed request tells of the server: a refusal is an answer, and so is that there is no server. */
export function verdictOf(error: unknown): 'silence' | 'answer' | 'nothing' {
  if (!(error instanceof TransportFailure)) return 'answer';
  if (error.hurried) return 'nothing';
  if (error.kind === 'timeout' || error.kind === 'lost') return 'silence';
  // We could not even ask: that is not the server's doing.
  return error.kind === 'unsent' ? 'nothing' : 'answer';
}
