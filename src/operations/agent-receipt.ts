import * as z from 'zod';
import type { Message } from '../agents/delivery/messages.js';
import { JOB_REASONS } from './jobs.js';
import { given } from './place.js';

export const RECEIPT_STATES = ['submitted', 'queued', 'held', 'refused', 'unknown'] as const;
type ReceiptState = (typeof RECEIPT_STATES)[number];

/** What a person can do about it. Those of a command in a shell are told as for a job. */
const REASONS: Readonly<Record<string, string>> = {
  ...JOB_REASONS,
  working: 'It works; the message is delivered when it is idle.',
  in_line: 'Earlier messages wait for it too; this one is delivered after them.',
  starting: 'It has not started yet; the message is delivered when it is idle.',
  other_process: 'Another process of ours delivers to it just now.',
  dialog: 'It asks something: answer_prompt answers it.',
  draft: 'Text that somebody typed stands in its composer; it is left alone. Send or clear it.',
  copy_mode: 'Its pane is in copy mode; leave that.',
  no_composer: 'Nothing to type into is seen on its screen.',
  unknown_state: 'What it does is not known; get_agent_status tells why.',
  rate_limited: 'The limit of its account is used up; get_system_status tells until when. It is delivered after that.',
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
  unknown_provider: 'Its provider is not known any more: agents.providers names those of your own.',
  not_reachable: 'It cannot be looked at just now; the message is delivered when it can.',
  not_writable: 'tmux took nothing; the message is delivered when it does.',
};

export const receiptFields = {
  message_id: z.string(),
  seq: z.int().describe('For after_seq of wait_for_agents: an idle with a greater one is one after this message'),
  state: z.enum(RECEIPT_STATES).describe('submitted: taken, by evidence. queued, held: waits, and is delivered by itself later. refused: will not be delivered. unknown: perhaps taken, never sent again'),
  method: z.enum(['paste', 'job', 'inbox']).optional().describe('How it got there'),
  reason: z.string().optional(),
  explanation: z.string().optional(),
  evidence: z.array(z.string()).describe('What shows that it was taken'),
  elapsed_ms: z.int(),
}; // prettier-ignore
export const receiptOutput = z.object(receiptFields);
type Receipt = z.output<typeof receiptOutput>;

/** One that is being written when the time is over is no different to who sent it. */
export const stateOf = ({ state }: Message): ReceiptState => (state === 'sending' ? 'unknown' : state);

export function showReceipt(message: Message, since: number): Receipt {
  const { id, seq, method, reason, evidence = [] } = message;
  return {
    ...{ message_id: id, seq, state: stateOf(message) },
    ...given('method', method),
    ...given('reason', reason),
    ...given('explanation', reason === undefined ? undefined : REASONS[reason]),
    ...{ evidence: [...evidence], elapsed_ms: Math.round(performance.now() - since) },
  };
}

export const receiptText = ({ state, reason, evidence, message_id: id, seq }: Receipt): string => {
  const which = `message ${id}, seq ${String(seq)}`;
  if (state === 'submitted') return `submitted (${evidence.join(', ')}), ${which}`;
  return `${state}${reason === undefined ? '' : ` (${reason})`}, ${which}`;
};

export const RECEIPT_EXITS: Readonly<Record<ReceiptState, number>> = { submitted: 0, queued: 0, held: 8, refused: 6, unknown: 9 }; // prettier-ignore
