import * as z from 'zod';
import type { Message } from '../agents/delivery/messages.js';
import { SEND_MODES } from '../kernel/agent-words.js';
import { OrcError, toErrorObject } from '../kernel/errors.js';
import { cleanMessage, type MessageText } from '../security/text/message.js';
import { defineOperation, type OperationContext } from './define-operation.js';
import { injectionFacts, injectionField, withInjectionNote } from './pane-text.js';
import { given } from './place.js';
import { clampWait, MAX_WAIT_SECONDS, withProgress } from './waiting.js';

const RECEIPT_STATES = ['submitted', 'queued', 'held', 'refused', 'unknown'] as const;
type ReceiptState = (typeof RECEIPT_STATES)[number];

/** What a person can do about it. */
const REASONS: Readonly<Record<string, string>> = {
  working: 'It works; the message is delivered when it is idle.',
  in_line: 'Earlier messages wait for it too; this one is delivered after them.',
  starting: 'It has not started yet; the message is delivered when it is idle.',
  other_process: 'Another process of ours delivers to it just now.',
  dialog: 'It asks something: answer_prompt answers it.',
  draft: 'Text that somebody typed stands in its composer; it is left alone. Send or clear it.',
  copy_mode: 'Its pane is in copy mode; leave that.',
  no_composer: 'Nothing to type into is seen on its screen.',
  unknown_state: 'What it does is not known; get_agent_status tells why.',
  rate_limited: 'Its limit is used up; get_agent_status tells until when.',
  enter_ignored: 'The text stands in its composer, and Enter does nothing there.',
  typed_not_submitted:
    'The text was typed and is not seen in its composer; Enter was not pressed. Look at it before you send again.',
  not_proven: 'Enter was pressed and nothing shows that the message was taken. Look at it before you send again.',
  interrupted: 'Whoever delivered it ended meanwhile. Look at the agent before you send again.',
  agent_ended: 'The agent has ended; restart_agent starts it again.',
  pane_gone: 'Its pane is gone.',
  foreign_process: 'Another program runs in its pane now.',
  target_changed: 'Its pane changed at the same moment.',
  no_pack: 'How its composer looks is not known: agents.providers can name a pack.',
  input_off: 'Input to its pane is switched off.',
  synchronized: 'synchronize-panes is on in its window.',
  locked_down: 'The program is locked down.',
};

const receiptFields = {
  message_id: z.string(),
  seq: z.int().describe('For after_seq of wait_for_agents: an idle with a greater one is one after this message'),
  state: z.enum(RECEIPT_STATES).describe('submitted: taken, by evidence. queued, held: waits, and is delivered by itself later. refused: will not be delivered. unknown: perhaps taken, never sent again'),
  method: z.enum(['paste', 'job', 'inbox']).optional().describe('How it got there'),
  reason: z.string().optional(),
  explanation: z.string().optional(),
  evidence: z.array(z.string()).describe('What shows that it was taken'),
  elapsed_ms: z.int(),
}; // prettier-ignore
const receiptOutput = z.object(receiptFields);
type Receipt = z.output<typeof receiptOutput>;

/** One that is being written when the time is over is no different to who sent it. */
const stateOf = ({ state }: Message): ReceiptState => (state === 'sending' ? 'unknown' : state);

function showReceipt(message: Message, since: number): Receipt {
  const { id, seq, method, reason, evidence = [] } = message;
  return {
    ...{ message_id: id, seq, state: stateOf(message) },
    ...given('method', method),
    ...given('reason', reason),
    ...given('explanation', reason === undefined ? undefined : REASONS[reason]),
    ...{ evidence: [...evidence], elapsed_ms: Math.round(performance.now() - since) },
  };
}

const receiptText = ({ state, reason, explanation, evidence, message_id: id, seq }: Receipt): string => {
  const why = explanation ?? reason;
  const which = `message ${id}, seq ${String(seq)}`;
  if (state === 'submitted') return `submitted (${evidence.join(', ')}), ${which}`;
  return `${state}${why === undefined ? '' : `: ${why}`} (${which})`;
};

const EXITS: Readonly<Record<ReceiptState, number>> = { submitted: 0, queued: 0, held: 8, refused: 6, unknown: 9 };

const messageField = z.string().min(1).describe('Text, given to it exactly; for a shell agent a command'); // prettier-ignore
const modeField = z.enum(SEND_MODES).default('when_idle').describe('when_idle: waits until it is idle. now: at once, also during its turn. interrupt: stops its turn first'); // prettier-ignore
const timeoutField = z.number().min(0).max(3600).default(10).describe(`How long to wait for evidence, at most ${String(MAX_WAIT_SECONDS)}; after that it stays queued`); // prettier-ignore

const bodyOf = ({ settings }: OperationContext, message: string): MessageText =>
  cleanMessage(message, settings.agents.maxMessageBytes, 'message').text;

const sendMessage = defineOperation({
  name: 'send_message',
  title: 'Send a message to an agent',
  description:
    'Gives an agent a message, once, and returns a receipt that says what is proven. Then wait_for_agents with after_seq = receipt.seq, and read_agent. A message that is queued or held is delivered later by itself: do not send it again.',
  toolset: 'agents',
  effect: 'write',
  waits: true,
  repeats: {
    volatile: ['receipt.message_id', 'receipt.elapsed_ms'],
    instead: 'wait_for_agents waits for what it does with the message.',
  },
  cli: { path: ['agent', 'send'], positional: ['agent', 'message'] },
  input: z.object({
    agent: z.string().min(1).describe('Name of the agent'),
    message: messageField,
    mode: modeField,
    idempotency_key: z.string().min(1).max(200).optional().describe('A word of yours for this send: the same again sends nothing twice'),
    timeout_seconds: timeoutField,
  }),
  output: z.object({ receipt: receiptOutput, injection: injectionField.describe('The message looks like instructions that override a model') }),
  handle: async (context, input) => {
    const since = performance.now();
    const body = bodyOf(context, input.message);
    const { timeoutMs } = clampWait(input.timeout_seconds);
    const wish = { agent: input.agent, body, mode: input.mode, idempotencyKey: input.idempotency_key, timeoutMs };
    const message = await withProgress(context, timeoutMs, () => context.agents.send(wish));
    return { receipt: showReceipt(message, since), ...injectionFacts(context.sent) };
  },
  view: ({ receipt, injection }) => withInjectionNote({ summary: receiptText(receipt) }, injection, 'it was sent all the same'),
  exitCode: ({ receipt }) => EXITS[receipt.state],
}); // prettier-ignore

const broadcastOutput = z.object({
  receipts: z.array(
    z.object({
      agent: z.string(),
      ...z.object(receiptFields).partial().shape,
      error: z.object({ code: z.string(), message: z.string() }).optional().describe('Nothing was sent to this one'),
    }),
  ),
});

/** Those that are meant, and no others. */
async function addressees(context: OperationContext, input: { agents?: string[] | undefined; team?: string | undefined; session?: string | undefined; role?: string | undefined; except?: string[] | undefined }): Promise<string[]> {
  const { agents, team, session, role, except = [] } = input;
  if ([agents, team, session, role].filter((one) => one !== undefined).length !== 1)
    throw new OrcError('INVALID_INPUT', 'agents, team, session, role: exactly one of them is needed.', { hint: 'It says whom the message is for.' });
  const named = agents ?? (await context.agents.list())
    .filter((facts) => !['exited', 'crashed'].includes(facts.state))
    .filter((facts) => (team === undefined || facts.team === team) && (session === undefined || facts.session === session) && (role === undefined || facts.role === role))
    .map(({ name }) => name);
  const own = context.agents.inbox.own;
  const left = [...new Set(named)].filter((name) => !except.includes(name) && (agents !== undefined || name !== own));
  if (left.length === 0) throw new OrcError('NOT_FOUND', 'There is no such agent.', { hint: 'list_agents shows them.' });
  return left;
} // prettier-ignore

const broadcastMessage = defineOperation({
  name: 'broadcast_message',
  title: 'Send a message to several agents',
  description: 'Gives the same message to several agents at once, with a receipt for each.',
  toolset: 'agents',
  effect: 'write',
  waits: true,
  repeats: { volatile: ['receipts.message_id', 'receipts.elapsed_ms'], instead: 'wait_for_agents waits for what they do with the message.' },
  cli: { path: ['agent', 'broadcast'], positional: ['message'] },
  input: z.object({
    message: messageField,
    agents: z.array(z.string().min(1)).min(1).max(500).optional().describe('Names of agents'),
    team: z.string().optional().describe('Those of this team'),
    session: z.string().optional().describe('Those of this session, by its name'),
    role: z.string().optional().describe('Those of this role'),
    except: z.array(z.string()).optional().describe('But not these'),
    mode: modeField,
    timeout_seconds: timeoutField,
  }),
  output: broadcastOutput,
  handle: async (context, input) => {
    const since = performance.now();
    const body = bodyOf(context, input.message);
    const { timeoutMs } = clampWait(input.timeout_seconds);
    const names = await addressees(context, input);
    const send = async (agent: string): Promise<z.output<typeof broadcastOutput>['receipts'][number]> => {
      try {
        const wish = { agent, body, mode: input.mode, idempotencyKey: undefined, timeoutMs };
        return { agent, ...showReceipt(await context.agents.send(wish), since) };
      } catch (error) {
        const { code, message } = toErrorObject(error, context.correlationId);
        // Whoever is asked about one of them has to be asked.
        if (code === 'CANCELLED' || code === 'CONFIRMATION_REQUIRED') throw error;
        return { agent, error: { code, message } };
      }
    };
    return { receipts: await withProgress(context, timeoutMs, () => Promise.all(names.map(send))) };
  },
  view: ({ receipts }) => ({
    table: {
      columns: ['AGENT', 'STATE', 'REASON', 'MESSAGE', 'SEQ'],
      rows: receipts.map(({ agent, state, reason, evidence, message_id: id, seq, error }) => [
        ...[agent, state ?? error?.code ?? '', reason ?? error?.message ?? evidence?.join(', ') ?? '', id ?? ''],
        seq === undefined ? '' : String(seq),
      ]),
    },
  }),
  exitCode: ({ receipts }) => Math.max(...receipts.map(({ state }) => (state === undefined ? 8 : EXITS[state]))),
}); // prettier-ignore

const UNREAD: readonly string[] = ['queued', 'held', 'sending'];

const readInbox = defineOperation({
  name: 'read_inbox',
  title: 'Read the messages to an agent',
  description:
    'Lists messages that were sent to an agent, newest last, with what became of each. An agent that reads its own has got what waited for it.',
  toolset: 'agents',
  effect: 'read',
  repeats: { volatile: [], instead: 'What waits for an agent is delivered to it by itself.' },
  cli: { path: ['agent', 'inbox'], positional: ['agent'] },
  input: z.object({
    agent: z.string().min(1).optional().describe("Name of the agent; default: the caller's own"),
    unread: z.boolean().default(false).describe('Only those that wait'),
    limit: z.int().min(1).max(500).default(100).describe('Most entries in one answer'),
  }),
  output: z.object({
    messages: z.array(
      z.object({
        id: z.string(),
        from: z.string(),
        at: z.string(),
        priority: z.enum(SEND_MODES).describe('How it was sent'),
        body: z.string().describe('Text of the sender'),
        state: z.enum(RECEIPT_STATES),
        reason: z.string().optional(),
      }),
    ),
    injection: injectionField,
    untrusted: z.literal(true).optional(),
  }),
  handle: async (context, input) => {
    const { inbox } = context.agents;
    const agent = input.agent ?? inbox.own;
    if (agent === undefined)
      throw new OrcError('INVALID_INPUT', 'agent: who asks is no agent itself.', { hint: 'Name one; list_agents shows them.' });
    // As they were before they were taken.
    const all = await inbox.read(agent);
    const taken = new Set((agent === inbox.own ? await inbox.take() : []).map(({ id }) => id));
    const shown = all.filter(({ id, state }) => !input.unread || UNREAD.includes(state) || taken.has(id)).slice(-input.limit);
    const texts = shown.map(({ body }) => context.clean(body));
    const joined = texts.map(({ text }) => text).join('\n');
    return {
      messages: shown.map((message, index) => ({
        ...{ id: message.id, from: message.from, at: new Date(message.at).toISOString(), priority: message.mode },
        ...{ body: texts[index]?.text ?? '', state: taken.has(message.id) ? ('submitted' as const) : stateOf(message) },
        ...given('reason', message.reason),
      })),
      ...injectionFacts(context.inspect(joined)),
      ...(shown.length === 0 ? {} : { untrusted: true as const }),
    };
  },
  view: ({ messages, injection }) =>
    messages.length === 0
      ? { note: 'No messages.' }
      : withInjectionNote(
          {
            table: { columns: ['ID', 'FROM', 'AT', 'STATE', 'TEXT'], rows: messages.map(({ id, from, at, state, body }) => [id, from, at, state, body.replaceAll('\n', ' ').slice(0, 200)]) },
            untrusted: true,
          },
          injection,
        ),
}); // prettier-ignore

export const agentMessageOperations = [sendMessage, broadcastMessage, readInbox];
