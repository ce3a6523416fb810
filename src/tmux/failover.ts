import type { Clock } from '../kernel/clock.js';
import type { ControlSource } from './control/connection.js';
import type { SpawnedClient, SpawnOptions } from './spawned-client.js';
import { type Reply, type TmuxRequest, TransportFailure } from './transport.js';

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
}

/** Control mode first, the spawned client when it cannot be had or does not answer. */
export function createLink(control: ControlSource, spawned: SpawnedClient, clock: Clock, timeoutMs: number): Link {
  let mode: 'control' | 'spawned' = 'control';

  const left = (deadline: number): number => Math.max(1, deadline - clock.mono());

  /** Connecting takes at most half of the time, so that the fall-back has the other half; so does a read. */
  const overControl = async (requests: readonly TmuxRequest[], deadline: number, fraction: number): Promise<Reply> => {
    const client = await control.get(left(deadline) / 2);
    const replies = await Promise.all(requests.map((request) => client.request(request, left(deadline) * fraction)));
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

  const read = async (request: TmuxRequest): Promise<Reply> => {
    const deadline = clock.mono() + timeoutMs;
    try {
      return await overControl([request], deadline, 0.5);
    } catch (failure) {
      if (failure instanceof TransportFailure && failure.kind === 'no-server') throw failure;
      return await overSpawned([request], deadline).catch((again: unknown) => {
        // To who only looks, a server that has just ended is none.
        const ended = again instanceof TransportFailure && again.kind === 'ended';
        throw ended ? new TransportFailure('no-server', again.message) : again;
      });
    }
  };

  const write: Link['write'] = async (request, before = []) => {
    const deadline = clock.mono() + timeoutMs;
    try {
      return await overControl([...before, request], deadline, 1);
    } catch (failure) {
      const unsent = failure instanceof TransportFailure && failure.kind === 'unsent';
      if (!unsent) throw failure;
      return await overSpawned([...before, request], deadline);
    }
  };

  return { read, write, spawn: (request, options) => spawned.run(request, timeoutMs, options), mode: () => mode };
}

export type Guard = <T>(ask: () => Promise<T>) => Promise<T>;

/** A link whose requests all pass a guard. */
export function guardedLink(link: Link, guard: Guard): Link {
  return {
    read: (request) => guard(() => link.read(request)),
    write: (request, before) => guard(() => link.write(request, before)),
    spawn: (request, options) => guard(() => link.spawn(request, options)),
    mode: link.mode,
  };
}

/** What a failed request tells of the server: a refusal is an answer, and so is that there is no server. */
export function verdictOf(error: unknown): 'silence' | 'answer' | 'nothing' {
  if (!(error instanceof TransportFailure)) return 'answer';
  if (error.kind === 'timeout' || error.kind === 'lost') return 'silence';
  // We could not even ask: that is not the server's doing.
  return error.kind === 'unsent' ? 'nothing' : 'answer';
}
