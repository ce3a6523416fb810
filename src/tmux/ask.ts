import { OrcError } from '../kernel/errors.js';
import { filterEscapes } from '../security/text/escape-filter.js';
import type { Link } from './failover.js';
import type { Outcomes, Probe } from './outcomes.js';
import type { SpawnOptions } from './spawned-client.js';
import { type Reply, type TmuxRequest, TransportFailure } from './transport.js';

export interface Change {
  /** What is being done, for the list of open outcomes. */
  readonly operation: string;
  readonly target: string;
  readonly probe?: Probe;
}

/** Requests with their failures mapped to the contract's errors. */
export interface Ask {
  readonly read: (line: string) => Promise<Buffer>;
  readonly write: (change: Change, line: string, before?: readonly TmuxRequest[]) => Promise<string>;
  readonly spawn: (change: Change, line: string, options: SpawnOptions) => Promise<string>;
}

const SHOWN_TMUX_TEXT = 200;

/** tmux's own refusal. Its text may quote names, so it is cleaned and cut. */
function refusal(text: string): OrcError {
  const clean = filterEscapes(text.replaceAll(/^-:[0-9]+: /gm, ''))
    .text.replaceAll('\n', ' ')
    .slice(0, SHOWN_TMUX_TEXT);
  const missing = /(?:can't find|no such) (session|window|pane)\b/.exec(clean)?.[1];
  if (missing !== undefined)
    return new OrcError('NOT_FOUND', `No such ${missing}: it is gone.`, { hint: 'list_sessions shows what there is.' });
  if (clean.startsWith('duplicate session'))
    return new OrcError('CONFLICT', 'A session of this name exists.', {
      hint: 'Choose another name, or use that session.',
    });
  const small = clean.includes('no space for new pane')
    ? 'The pane is too small to split; use a new window or a larger one.'
    : 'This is the text of tmux itself.';
  return new OrcError('TMUX_FAILED', `tmux refused: ${clean === '' ? 'it gave no reason' : clean}.`, { hint: small });
}

export function noServer(): OrcError {
  return new OrcError('NOT_FOUND', 'No tmux server is running, so there is no such target.', {
    hint: 'create_session starts one.',
  });
}

/** tmux was not heard: because it is silent, or because the call left it too little time. */
export function unheard(failure: unknown): OrcError {
  if (failure instanceof TransportFailure && failure.hurried)
    return new OrcError('TIMEOUT', 'The time of the call was over before tmux answered.', {
      hint: 'Ask for less, or try again; security.timeouts.tool_seconds is the time of a call.',
      cause: failure,
    });
  return new OrcError('TMUX_UNAVAILABLE', 'tmux does not answer.', {
    hint: 'Try again; if it lasts, check the server with: tmux list-sessions.',
    retryAfterMs: 1000,
    cause: failure,
  });
}

/** @throws OrcError for tmux's own refusals. */
export function bodyOf(reply: Reply): Buffer {
  if (!reply.ok) throw refusal(reply.error);
  return reply.body;
}

/** @param beforeWrite see TmuxOptions */
export function createAsk(
  link: Link,
  outcomes: Outcomes,
  beforeWrite: (operation: string) => void = () => undefined,
): Ask {
  /** A failed change: certain when it was never sent or its trace is there, else said to be unknown. */
  const failed = async (change: Change, failure: unknown): Promise<string> => {
    if (!(failure instanceof TransportFailure)) throw failure;
    if (failure.kind === 'no-server') throw noServer();
    if (failure.kind === 'unsent') throw unheard(failure);
    const gone = failure.kind === 'lost' || failure.kind === 'ended';
    if (gone && (await change.probe?.().catch(() => false)) === true) return '';
    const outcome = outcomes.add(change.operation, change.target, change.probe);
    throw new OrcError('OUTCOME_UNKNOWN', 'tmux did not answer in time; the change may still happen.', {
      hint: 'Do not repeat it blindly: look at the target once tmux answers again (get_system_status lists open outcomes).',
      details: { outcome_id: outcome.id },
      cause: failure,
    });
  };

  return {
    read: async (line) => {
      try {
        return bodyOf(await link.read({ line, shape: 'single' }));
      } catch (failure) {
        if (!(failure instanceof TransportFailure)) throw failure;
        throw failure.kind === 'no-server' ? noServer() : unheard(failure);
      }
    },
    write: async (change, line, before = []) => {
      beforeWrite(change.operation);
      try {
        return bodyOf(await link.write({ line, shape: 'list' }, before)).toString('utf8');
      } catch (failure) {
        return await failed(change, failure);
      }
    },
    spawn: async (change, line, options) => {
      beforeWrite(change.operation);
      try {
        return bodyOf(await link.spawn({ line, shape: 'list' }, options)).toString('utf8');
      } catch (failure) {
        return await failed(change, failure);
      }
    },
  };
}
