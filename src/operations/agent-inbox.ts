import * as z from 'zod';
import type { Message } from '../agents/delivery/messages.js';
import { SEND_MODES } from '../kernel/agent-words.js';
import { OrcError } from '../kernel/errors.js';
import { RECEIPT_STATES, stateOf } from './agent-receipt.js';
import { cellText } from './agent-view.js';
import { textBytes } from './capture-fitting.js';
import { defineOperation } from './define-operation.js';
import { fields } from './fields.js';
import { injectionFacts, injectionField, withInjectionNote } from './pane-text.js';
import { readCursor, writeCursor } from './paging.js';
import { given } from './place.js';

const UNREAD: readonly string[] = ['queued', 'held', 'sending'];
const isUnread = ({ state }: Message): boolean => UNREAD.includes(state);

/** The newest, as many as a result may hold; one at least. */
function newestFitting(messages: readonly Message[], limit: number, maxBytes: number): readonly Message[] {
  let bytes = 0;
  const fits = ({ body }: Message): boolean => (bytes += Buffer.byteLength(body)) <= maxBytes;
  const newest = messages.slice(-limit).toReversed();
  const end = newest.findIndex((message) => !fits(message));
  return (end < 0 ? newest : newest.slice(0, Math.max(1, end))).toReversed();
}

/** @throws OrcError INVALID_INPUT */
function whoseInbox(own: string | undefined, { agent = own, done }: { readonly agent?: string | undefined; readonly done: boolean }): string {
  if (agent === undefined)
    throw new OrcError('INVALID_INPUT', 'agent: who asks is no agent itself.', { hint: 'Name one; list_agents shows them.' });
  if (done && agent !== own)
    throw new OrcError('INVALID_INPUT', 'done: only an agent says so of itself.', { hint: 'send_message with done says it of another one.' });
  return agent;
} // prettier-ignore

const readInbox = defineOperation({
  name: 'read_inbox',
  title: 'Read the messages to an agent',
  description:
    'Lists messages that were sent to an agent, newest last, with what became of each. An agent that reads its own has got those that waited for it.',
  toolset: 'agents',
  effect: 'read',
  repeats: { volatile: [], instead: 'What waits for an agent is delivered to it by itself.' },
  cli: { path: ['agent', 'inbox'], positional: ['agent'] },
  input: z.object({
    agent: z.string().min(1).optional().describe("Name of the agent; default: the caller's own"),
    unread: z.boolean().default(false).describe('Only those that wait'),
    done: z.boolean().default(false).describe('You, an agent, have done your work: where nothing waits for you, being idle is no alert until your next turn'),
    limit: fields.limit,
    cursor: fields.cursor,
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
    next_cursor: z.string().optional().describe('Older ones stand before this'),
    injection: injectionField,
    untrusted: z.literal(true).optional(),
  }),
  handle: async (context, input) => {
    const { inbox } = context.agents;
    const before = input.cursor === undefined ? Infinity : readCursor(input.cursor);
    const agent = whoseInbox(inbox.own, input);
    const kept = (await inbox.read(agent)).filter(({ order }) => order < before);
    const asked = input.unread ? kept.filter(isUnread) : kept;
    const page = newestFitting(asked, input.limit, textBytes(context));
    // Only what is given out counts as read.
    const taken = new Set(agent === inbox.own ? (await inbox.take(page.map(({ id }) => id))).map(({ id }) => id) : []);
    if (input.done && taken.size === 0) await inbox.done();
    const texts = page.map(({ body }) => context.clean(body).text);
    const [oldest] = page;
    return {
      messages: page.map((message, index) => ({
        ...{ id: message.id, from: message.from, at: new Date(message.at).toISOString(), priority: message.mode },
        ...{ body: texts[index] ?? '', state: taken.has(message.id) ? ('submitted' as const) : stateOf(message) },
        ...given('reason', message.reason),
      })),
      ...given('next_cursor', oldest !== undefined && page.length < asked.length ? writeCursor(oldest.order) : undefined),
      ...injectionFacts(context.inspect(texts.join('\n'))),
      ...(page.length === 0 ? {} : { untrusted: true as const }),
    };
  },
  view: ({ messages, injection }) =>
    messages.length === 0
      ? { note: 'No messages.' }
      : withInjectionNote(
          {
            table: { columns: ['ID', 'FROM', 'AT', 'STATE', 'TEXT'], rows: messages.map(({ id, from, at, state, body }) => [id, from, at, state, cellText(body)]) },
            untrusted: true,
          },
          injection,
        ),
}); // prettier-ignore

export const agentInboxOperations = [readInbox];
