import { createHash } from 'node:crypto';
import type { SendMode } from '../../kernel/agent-words.js';
import { OrcError } from '../../kernel/errors.js';
import { isCommand, type Provider } from '../../providers/provider.js';
import { type MessageText, padded } from '../../security/text/message.js';
import type { ManagedAgent } from '../../store/managed-agents.js';
import type { DoneMarks } from '../done.js';
import { agentNamed, type AgentSources } from '../service.js';
import { type AgentSender, inEnvelope } from '../../security/text/envelope.js';
import { MAX_WAITING, type Message, type Messages } from './messages.js';
import { see, type Sight } from '../sight.js';
import type { PostOffice } from './post-office.js';

export interface SendWish {
  readonly agent: string;
  readonly body: MessageText;
  readonly mode: SendMode;
  /** The same key, message and agent again is the same send. */
  readonly idempotencyKey: string | undefined;
  /** After it the agent is done: that it is idle then is no news. */
  readonly done?: boolean | undefined;
  /** How long to wait for what becomes of it. */
  readonly timeoutMs: number;
}

/** Who sends. */
export interface Sender {
  /** Id of the caller. */
  readonly id: string;
  /** Where it is an agent itself. */
  readonly agent: AgentSender | undefined;
}

export interface SendSources extends AgentSources {
  readonly messages: Messages;
  readonly done: DoneMarks;
  readonly office: () => PostOffice;
  readonly sender: Sender;
  readonly signal: AbortSignal;
  /** Stops the turn of an agent. @throws OrcError when it goes on */
  readonly interrupt: (name: string) => Promise<void>;
}

/** A last word like this opens a list of files, skills or emoji, or makes a new line of Enter. */
const EATS_ENTER = /[\\@$:/]\S*$/;

/** What a message is to what reads it. */
function textFor(provider: Provider | undefined, body: MessageText, sender: AgentSender | undefined): MessageText {
  // A shell would take the envelope for commands.
  if (provider?.kind === 'shell') return body;
  if (sender !== undefined) return inEnvelope(body, sender);
  if (isCommand(body))
    throw new OrcError(
      'INVALID_INPUT',
      'message: a CLI takes a text that begins with / or !, or is only exit or quit, for a command of its own.',
      {
        hint: 'Begin with a word.',
      },
    );
  return EATS_ENTER.test(body) ? padded(body) : body;
}

const shownText = (text: string): string => JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);

async function permit({ permit: may }: SendSources, sight: Sight, body: MessageText): Promise<void> {
  // Nothing can be written to what is gone; its receipt says so.
  if (sight.pane === undefined) return;
  // A shell is given a command, which is meant to be run.
  if (sight.provider?.kind === 'shell') await may.input(sight.pane.id, `run ${shownText(body)}`);
  else await may.input(sight.pane.id, `send it ${shownText(body)}`, body);
}

function keyOf(
  { sender }: SendSources,
  { agent, body, mode, idempotencyKey }: SendWish,
): { name: string; digest: string } | undefined {
  if (idempotencyKey === undefined) return undefined;
  return {
    name: `${sender.id}\n${agent}\n${idempotencyKey}`,
    digest: createHash('sha256').update(`${mode}\n${body}`).digest('hex'),
  };
}

async function enqueue(sources: SendSources, wish: SendWish, agent: ManagedAgent, sight: Sight): Promise<Message> {
  const { messages, clock, sender } = sources;
  const { body, mode } = wish;
  const text = textFor(sight.provider, body, sender.agent);
  const added = await messages.add(
    {
      agent: agent.name,
      panePid: agent.panePid,
      from: sender.id,
      at: clock.now(),
      body,
      text,
      mode,
      seq: sight.facts.seq,
    },
    keyOf(sources, wish),
  );
  switch (added.kind) {
    case 'conflict':
      throw new OrcError('CONFLICT', 'idempotency_key: another message was sent with this key.', {
        hint: 'Use a new key for each message.',
      });
    case 'full':
      throw new OrcError('AGENT_UNREADY', `${String(MAX_WAITING)} messages wait for this agent already.`, {
        hint: 'get_agent_status tells what it waits for.',
      });
    default:
      return added.message;
  }
}

/** Whoever gets a message has something to do again, unless it ends the work. */
async function tellDone({ done }: SendSources, wish: SendWish, { agent, facts, record }: Sight): Promise<void> {
  // A turn begins with the message, and ends.
  const until = facts.seq + 2 + (record.isOpen ? 1 : 0);
  await (wish.done === true ? done.mark(agent.name, { panePid: agent.panePid, until }) : done.clear(agent.name));
}

/**
 * Puts a message into the queue of an agent and waits for what becomes of it.
 * @returns it as it then is: where it still waits, it is delivered later
 * @throws OrcError NOT_FOUND, INVALID_INPUT, CONFLICT, AGENT_UNREADY, CANCELLED
 */
export async function sendMessage(sources: SendSources, wish: SendWish): Promise<Message> {
  const { office, clock, signal, rows, messages } = sources;
  const agent = await agentNamed(rows, wish.agent);
  const sight = await see(sources, agent);
  await permit(sources, sight, wish.body);
  const when = clock.mono() + wish.timeoutMs;
  const isSeen = wish.idempotencyKey !== undefined && (await messages.hasKey(keyOf(sources, wish)?.name ?? ''));
  // A repeated send stops no other turn.
  if (wish.mode === 'interrupt' && !isSeen) await sources.interrupt(agent.name);
  const message = await enqueue(sources, wish, agent, sight);
  if (!isSeen) await tellDone(sources, wish, sight);
  office().kick(agent.name);
  const now = (await office().settled(message.id, when, signal)) ?? message;
  return now.state === 'queued' && now.reason === undefined ? { ...now, reason: 'in_line' } : now;
}
