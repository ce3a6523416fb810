import * as z from 'zod';
import { isEndedState, SEND_MODES } from '../kernel/agent-words.js';
import { OrcError, toErrorObject } from '../kernel/errors.js';
import { cleanMessage, type MessageText } from '../security/text/message.js';
import { type AgentFilter, agentsLike } from './agent-filter.js';
import { RECEIPT_EXITS, receiptFields, receiptOutput, receiptText, showReceipt } from './agent-receipt.js';
import { agentField } from './agent-view.js';
import { defineOperation, type OperationContext } from './define-operation.js';
import { fields } from './fields.js';
import { injectionFacts, injectionField, withInjectionNote } from './pane-text.js';
import { given } from './place.js';
import type { View } from './view.js';
import { clampWait, MAX_WAIT_SECONDS, withProgress } from './waiting.js';

const messageField = z.string().min(1).describe('Text, given to it exactly; for a shell agent a command'); // prettier-ignore
const modeField = z.enum(SEND_MODES).default('when_idle').describe('when_idle: waits until it is idle. now: at once, also during its turn. interrupt: stops its turn first'); // prettier-ignore
const timeoutField = z.number().min(0).max(3600).default(10).describe(`How long to wait for evidence, at most ${String(MAX_WAIT_SECONDS)}; after that it stays queued`); // prettier-ignore

const sentInjection = injectionField.describe('The message looks like instructions that override a model');
const SENT_ALL_THE_SAME = 'it was sent all the same';

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
    agent: agentField,
    message: messageField,
    mode: modeField,
    idempotency_key: z.string().min(1).max(200).optional().describe('A word of yours for this send: the same again sends nothing twice'),
    done: z.boolean().default(false).describe('After this message it has done its work: being idle is no alert then, until it gets another one'),
    timeout_seconds: timeoutField,
  }),
  output: z.object({ receipt: receiptOutput, injection: sentInjection }),
  handle: async (context, input) => {
    const since = performance.now();
    const body = bodyOf(context, input.message);
    const { timeoutMs } = clampWait(input.timeout_seconds);
    const wish = { agent: input.agent, body, mode: input.mode, idempotencyKey: input.idempotency_key, done: input.done, timeoutMs };
    const message = await withProgress(context, timeoutMs, () => context.agents.send(wish));
    return { receipt: showReceipt(message, since), ...injectionFacts(context.sent) };
  },
  view: ({ receipt, injection }) => withInjectionNote({ ...given('note', receipt.explanation), summary: receiptText(receipt) }, injection, SENT_ALL_THE_SAME),
  exitCode: ({ receipt }) => RECEIPT_EXITS[receipt.state],
}); // prettier-ignore

const broadcastOutput = z.object({
  receipts: z.array(
    z.object({
      agent: z.string(),
      ...z.object(receiptFields).partial().shape,
      error: z.object({ code: z.string(), message: z.string() }).optional().describe('Nothing was sent to this one'),
    }),
  ),
  injection: sentInjection,
});

interface Addressed extends Pick<AgentFilter, 'team' | 'session' | 'role'> {
  readonly agents?: readonly string[] | undefined;
  readonly except?: readonly string[] | undefined;
}

/** Those that are meant, and no others. */
async function addressees(context: OperationContext, input: Addressed): Promise<string[]> {
  const { agents, team, session, role, except = [] } = input;
  if ([agents, team, session, role].filter((one) => one !== undefined).length !== 1)
    throw new OrcError('INVALID_INPUT', 'agents, team, session, role: exactly one of them is needed.', { hint: 'It says whom the message is for.' });
  const running = async (): Promise<string[]> =>
    (await agentsLike(context, input)).filter(({ state }) => !isEndedState(state)).map(({ name }) => name);
  const named = agents ?? (await running());
  const own = context.agents.inbox.own;
  const left = [...new Set(named)].filter((name) => !except.includes(name) && (agents !== undefined || name !== own));
  if (left.length === 0) throw new OrcError('NOT_FOUND', 'There is no such agent.', { hint: 'list_agents shows them.' });
  return left;
} // prettier-ignore

type Told = z.output<typeof broadcastOutput>['receipts'][number];

const receiptTable = (receipts: readonly Told[]): NonNullable<View['table']> => ({
  columns: ['AGENT', 'STATE', 'REASON', 'MESSAGE', 'SEQ'],
  rows: receipts.map(({ agent, state, reason, evidence, message_id: id, seq, error }) => [
    ...[agent, state ?? error?.code ?? '', reason ?? error?.message ?? evidence?.join(', ') ?? '', id ?? ''],
    seq === undefined ? '' : String(seq),
  ]),
});

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
    session: fields.session.optional().describe('Those of this session'),
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
    const send = async (agent: string): Promise<Told> => {
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
    const receipts = await withProgress(context, timeoutMs, () => Promise.all(names.map(send)));
    return { receipts, ...injectionFacts(context.sent) };
  },
  view: ({ receipts, injection }) => withInjectionNote({ table: receiptTable(receipts) }, injection, SENT_ALL_THE_SAME),
  exitCode: ({ receipts }) => Math.max(...receipts.map(({ state }) => (state === undefined ? 8 : RECEIPT_EXITS[state]))),
}); // prettier-ignore

export const agentMessageOperations = [sendMessage, broadcastMessage];
