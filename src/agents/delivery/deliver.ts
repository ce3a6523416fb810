import { OrcError } from '../../kernel/errors.js';
import type { Tmux } from '../../tmux/tmux.js';
import type { AccountLimits } from '../account-blocks.js';
import type { ManagedAgent } from '../../store/managed-agents.js';
import type { AgentSources } from '../service.js';
import { runMessage } from './command.js';
import type { Change, Message, Messages, Outcome } from './messages.js';
import { obstacleTo, type Pause } from './obstacle.js';
import { see, type Sight } from '../sight.js';
import { paste } from './paste.js';

/** What needs no call: the port is behind no gate. */
export interface DeliverySources extends Omit<AgentSources, 'permit'> {
  readonly messages: Messages;
  /** What is kept back because an account has used up its limit. */
  readonly limits: Pick<AccountLimits, 'isBlocked' | 'first'>;
}

/** Who delivers, and for how long. */
export interface Deliverer {
  /** One word for it, new for each start of it. */
  readonly owner: string;
  readonly signal: AbortSignal;
  /** Nothing new is to be begun. */
  readonly isClosing: () => boolean;
}

/** What keeps the head of a queue from going; undefined: the queue is empty. */
export interface Blocked {
  readonly state: 'queued' | 'held';
  readonly reason: string;
}

const OTHER: Blocked = { state: 'queued', reason: 'other_process' };

async function submit(
  sources: DeliverySources,
  { owner, signal }: Deliverer,
  message: Message,
  sight: Sight,
): Promise<Outcome> {
  const tmux: Tmux = sources.open();
  if (sight.provider?.kind === 'shell') return runMessage(tmux, message.text, sight, signal);
  return paste(
    {
      ...{ tmux, signal, isTyped: message.isTyped === true, mono: sources.clock.mono },
      see: () => see(sources, sight.agent),
      keep: () => sources.messages.lease(message.agent, owner),
    },
    message.text,
    sight,
  );
}

/** A turn that was begun too short for any look counts all the same. */
async function countTurn({ records, clock }: DeliverySources, sight: Sight, outcome: Outcome): Promise<void> {
  if (outcome.state !== 'submitted' || outcome.seq === undefined) return;
  const record = await records.get(sight.agent.name);
  if (record === undefined || record.seq >= outcome.seq || record.panePid !== sight.agent.panePid) return;
  await records.saw(sight.agent.name, record, {
    ...{ state: 'working', isOpen: true, turns: undefined, sessionId: undefined, at: clock.now() },
  });
}

/** What cannot be reached now is tried again. @throws what is no error of ours */
const unreachable = (error: unknown): Blocked => {
  if (error instanceof OrcError) return { state: 'held', reason: 'not_reachable' };
  throw error;
};

/** What waits for an agent waits for its next start too. */
const isFor = ({ panePid, at }: Message, agent: ManagedAgent): boolean =>
  agent.panePid === panePid || (agent.renewed !== undefined && at >= agent.since && at < agent.renewed);

/** It runs no more; it may be started again. */
const OVER: readonly string[] = ['agent_ended', 'pane_gone'];

/** What stands in the way; at once or not at all, where it is wanted so. */
function obstacleFor(sight: Sight, message: Message, now: number, pause: Pause): Outcome | undefined {
  const found = obstacleTo(sight, message, now, pause);
  // What has waited before its end may wait for its next start.
  if (found !== undefined && OVER.includes(found.reason) && message.reason !== undefined)
    return { ...found, state: 'held' };
  const isLate = found?.state === 'held' && message.mode !== 'when_idle' && message.isTyped !== true;
  return isLate ? { ...found, state: 'refused' } : found;
}

const blockedBy = ({ state, reason = '' }: Outcome): Blocked | undefined =>
  state === 'queued' || state === 'held' ? { state, reason } : undefined;

/** Writes a message to an agent that nothing keeps from it. */
async function write(
  sources: DeliverySources,
  deliverer: Deliverer,
  message: Message,
  sight: Sight,
): Promise<Blocked | undefined> {
  const tell = (change: Change): Promise<Message | undefined> =>
    sources.messages.change(message.id, deliverer.owner, change);
  const method = sight.provider?.kind === 'shell' ? 'job' : 'paste';
  // On record before the first byte: whoever finds it so later does not send it again.
  const { panePid } = sight.agent;
  const now = await tell({
    state: 'sending',
    reason: undefined,
    method,
    panePid,
    ...(panePid === message.panePid ? {} : { isTyped: undefined }),
  });
  if (now === undefined) return OTHER;
  const outcome = await submit(sources, deliverer, now, sight).catch((): Outcome => ({
    state: 'unknown',
    reason: 'interrupted',
  }));
  await tell(outcome);
  await countTurn(sources, sight, outcome);
  return blockedBy(outcome);
}

/** Tries the first message of a queue. @returns what keeps it from going; undefined when it is settled */
async function deliverHead(
  sources: DeliverySources,
  deliverer: Deliverer,
  message: Message,
  isFirst: boolean,
): Promise<Blocked | undefined> {
  const settle = async (outcome: Outcome): Promise<undefined> => {
    await sources.messages.change(message.id, deliverer.owner, outcome);
  };
  // Who was at it is gone; whether it was taken nobody knows.
  if (message.state === 'sending') return settle({ state: 'unknown', reason: 'interrupted' });
  // What waited for one that a reboot has ended waits until that is restored.
  const agent = await sources.records.agent(message.agent);
  if (agent === undefined || !isFor(message, agent)) return settle({ state: 'refused', reason: 'agent_ended' });
  const sight = await see(sources, agent);
  const isBlocked = await sources.limits.isBlocked(agent.name, sight.record);
  const obstacle = obstacleFor(sight, message, sources.clock.now(), { isBlocked, isFirst });
  if (obstacle === undefined) return write(sources, deliverer, message, sight);
  if (obstacle.state !== message.state || obstacle.reason !== message.reason) await settle(obstacle);
  return blockedBy(obstacle);
}

/** What was begun is ended first, then what an agent goes on with; what is wanted at once does not wait for an idle one. */
const nextOf = (waiting: readonly Message[], first: string | undefined): Message | undefined =>
  waiting.find(({ state }) => state === 'sending') ??
  waiting.find(({ isTyped }) => isTyped === true) ??
  waiting.find(({ id }) => id === first) ??
  waiting.find(({ mode }) => mode !== 'when_idle') ??
  waiting[0];

/**
 * Delivers what waits for one agent, in order, until something stands in the way or nothing is left.
 * @returns what stands in the way; undefined: nothing waits any more
 */
export async function deliverQueue(
  sources: DeliverySources,
  agent: string,
  deliverer: Deliverer,
): Promise<Blocked | undefined> {
  const { messages, limits } = sources;
  try {
    for (;;) {
      if (deliverer.isClosing() || !(await messages.lease(agent, deliverer.owner))) return OTHER;
      const first = await limits.first(agent);
      const head = nextOf(await messages.waiting(agent), first);
      if (head === undefined) return undefined;
      const blocked = await deliverHead(sources, deliverer, head, head.id === first).catch(unreachable);
      if (blocked !== undefined) return blocked;
    }
  } finally {
    await messages.release(agent, deliverer.owner);
  }
}
