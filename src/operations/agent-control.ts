import * as z from 'zod';
import { AGENT_STATES, ENDINGS, isEndedState } from '../kernel/agent-words.js';
import { OrcError } from '../kernel/errors.js';
import { sessionName } from '../security/text/names.js';
import { lastLines, NOT_READY_EXIT } from './agent-life.js';
import {
  agentField,
  agentOutput,
  dialogOutput,
  dialogText,
  showAgent,
  showDialog,
  worktreeOutput,
  worktreeText,
} from './agent-view.js';
import { defineOperation, type OperationContext } from './define-operation.js';
import { given } from './place.js';
import { MAX_WAIT_SECONDS, withProgress } from './waiting.js';

type ShownDialog = z.output<typeof dialogOutput>;

/** More than any of them takes by itself: the call's own time ends it. */
const WAIT_MS = MAX_WAIT_SECONDS * 1000;

const waits =
  (context: OperationContext) =>
  <T>(work: () => Promise<T>): Promise<T> =>
    withProgress(context, WAIT_MS, work);

/** Exactly, else without regard to case, else by a part: the first way that finds any has to find one. */
const WAYS: readonly ((label: string, choice: string) => boolean)[] = [
  (label, choice) => label === choice,
  (label, choice) => label.toLowerCase() === choice.toLowerCase(),
  (label, choice) => label.toLowerCase().includes(choice.toLowerCase()),
];

/**
 * The option that a choice means, among labels as callers are shown them.
 * @returns its index
 * @throws OrcError INVALID_INPUT, AMBIGUOUS
 */
export function chosenOption(labels: readonly string[], wanted: string): number {
  const choice = wanted.trim();
  for (const isIt of choice === '' ? [] : WAYS) {
    const [first, ...more] = labels.flatMap((label, index) => (isIt(label, choice) ? [index] : []));
    if (first === undefined) continue;
    if (more.length === 0) return first;
    throw new OrcError('AMBIGUOUS', 'choice: several options match.', {
      hint: 'Give the whole label of one of them.',
      details: { labels },
    });
  }
  throw new OrcError('INVALID_INPUT', 'choice: no option matches.', {
    hint: 'Give the label of one of those in details, or a part that only one of them has.',
    details: { labels },
  });
}

/** @throws OrcError CONFLICT, INVALID_INPUT, AMBIGUOUS */
function pick({ title, options }: ShownDialog, choice: string, expected: string | undefined): number {
  if (expected !== undefined && expected.trim() !== title.trim())
    throw new OrcError('CONFLICT', 'It asks something else than was expected. Nothing was chosen.', {
      hint: 'get_agent_status shows what it asks.',
      details: { title },
    });
  return chosenOption(
    options.map(({ label }) => label),
    choice,
  );
}

const NO_DIALOG: ShownDialog = { title: '', options: [] };

const answerPrompt = defineOperation({
  name: 'answer_prompt',
  title: 'Answer the question of an agent',
  description:
    'Chooses an option of the question that an agent asks, by its label. The option that is marked is not trusted: it is moved to the wanted one and read again before it is chosen. A question that has changed is CONFLICT.',
  toolset: 'agents',
  effect: 'write',
  waits: true,
  repeats: { volatile: [], instead: 'get_agent_status shows what it asks now.' },
  cli: { path: ['agent', 'answer'], positional: ['agent', 'choice'] },
  input: z.object({
    agent: agentField,
    choice: z.string().min(1).max(500).describe('Label of the option, or a part that only it has'),
    expect_title: z.string().max(500).optional().describe('Title that the question has to have (dialog.title of get_agent_status)'),
  }),
  output: z.object({
    pressed: z.string().describe('Label of the option that was chosen'),
    dialog_before: dialogOutput.describe('The question as it was'),
    state: z.enum(AGENT_STATES).describe('What it does now'),
    dialog: dialogOutput.optional().describe('The question that it asks next'),
    untrusted: z.literal(true).describe('Titles and labels were written by a program'),
  }),
  handle: async (context, input) => {
    const { facts, before, index, next } = await context.agents.answer(
      input.agent,
      (dialog) => pick(showDialog(context, dialog) ?? NO_DIALOG, input.choice, input.expect_title),
      waits(context),
    );
    const shown = showDialog(context, before) ?? NO_DIALOG;
    return {
      ...{ pressed: shown.options[index]?.label ?? '', dialog_before: shown, state: facts.state },
      ...given('dialog', showDialog(context, next)),
      untrusted: true as const,
    };
  },
  view: ({ pressed, dialog_before: before, state, dialog }) => ({
    note: `It is ${state}${dialog === undefined ? '' : ', and asks something else'}.`,
    text: [`${before.title} ${pressed}`, ...(dialog === undefined ? [] : [dialogText(dialog)])].join('\n'),
    untrusted: true,
  }),
}); // prettier-ignore

const interruptAgent = defineOperation({
  name: 'interrupt_agent',
  title: 'Interrupt an agent',
  description:
    'Stops what an agent is doing and proves that its turn is over. Where it does nothing, nothing is pressed. It is never held back by limits or a lockdown.',
  toolset: 'agents',
  effect: 'write',
  exempt: true,
  waits: true,
  idempotent: true,
  repeats: { volatile: [], allowed: () => true },
  cli: { path: ['agent', 'interrupt'], positional: ['agent'] },
  input: z.object({ agent: agentField }),
  output: z.object({
    agent: agentOutput,
    pressed: z.array(z.string()).describe('Keys that were pressed; none where it was at rest'),
  }),
  handle: async (context, input) => {
    const { facts, pressed } = await context.agents.interrupt(input.agent, waits(context));
    return { agent: showAgent(facts), pressed: [...pressed] };
  },
  view: ({ agent, pressed }) => ({
    note:
      pressed.length === 0
        ? `${agent.name} is ${agent.state}; nothing was pressed.`
        : `${agent.name} was interrupted, and is ${agent.state}.`,
  }),
});

const MAX_GRACE_SECONDS = 40;

const killAgent = defineOperation({
  name: 'kill_agent',
  title: 'End an agent',
  description:
    'Ends an agent: by its own command where it waits for a message, else by a signal, in the end with its pane. Its name is free then; its own git worktree goes if nothing would be lost.',
  toolset: 'agents',
  effect: 'destroy',
  waits: true,
  repeats: { volatile: ['agent.since'] },
  cli: { path: ['agent', 'kill'], positional: ['agent'] },
  input: z.object({
    agent: agentField,
    grace_seconds: z.number().min(0).max(600).default(10).describe(`How long it may take to end by itself, at most ${String(MAX_GRACE_SECONDS)}; 0: none`),
  }),
  output: z.object({
    agent: agentOutput.describe('As it was when it had ended'),
    ended_by: z.enum(ENDINGS).optional().describe('Not where it had ended before'),
    worktree: worktreeOutput
      .extend({ removed: z.boolean(), reason: z.string().optional().describe('Why it stays') })
      .optional()
      .describe('What became of its own git worktree'),
  }),
  handle: async (context, input) => {
    const graceMs = Math.min(input.grace_seconds, MAX_GRACE_SECONDS) * 1000;
    const { facts, by, worktree } = await context.agents.kill(input.agent, graceMs, waits(context));
    return {
      agent: showAgent(facts),
      ...given('ended_by', by),
      ...(worktree === undefined
        ? {}
        : {
            worktree: {
              ...{ path: worktree.worktree.path, branch: worktree.worktree.branch, removed: worktree.removed },
              ...(worktree.removed ? {} : { reason: worktree.reason }),
            },
          }),
    };
  },
  view: ({ agent, ended_by: by, worktree }) => ({
    note: [
      `${agent.name} ${by === undefined ? 'had ended' : `was ended by ${by.replace('_', ' ')}`} (${agent.state}).`,
      ...(worktree === undefined
        ? []
        : [`Its worktree ${worktree.removed ? 'is removed' : `stays, because ${worktree.reason ?? ''}`}: ${worktreeText(worktree)}.`]),
    ].join('\n'),
  }),
}); // prettier-ignore

const restartAgent = defineOperation({
  name: 'restart_agent',
  title: 'Restart an agent',
  description:
    'Ends what an agent runs and starts the same in a new window, with a new pane: same role, folder, model and mode. Its conversation goes on where its CLI can do that; else its briefing goes along once more.',
  toolset: 'agents',
  effect: 'write',
  waits: true,
  repeats: { volatile: ['agent.pane', 'agent.since', 'agent.window'] },
  cli: { path: ['agent', 'restart'], positional: ['agent'] },
  input: z.object({
    agent: agentField,
    resume: z.boolean().default(true).describe('Go on with its conversation; false: begin a new one'),
    only_ended: z.boolean().default(false).describe('Leave one alone that runs: CONFLICT'),
  }),
  output: z.object({
    agent: agentOutput,
    ready: z.boolean().describe('It was seen to have started'),
    gate: dialogOutput.optional().describe('What it asks before it starts'),
    resumed: z.boolean().describe('Its conversation of before goes on'),
    briefed: z.boolean().describe('The briefing went along once more'),
    last_lines: z.string().optional().describe('What it last showed, where it has ended'),
    untrusted: z.literal(true).optional(),
  }),
  handle: async (context, input) => {
    const { agents, directories } = context.settings;
    const seconds = Math.min(agents.readyTimeoutSeconds, MAX_WAIT_SECONDS);
    const wish = {
      ...{ resume: input.resume, onlyEnded: input.only_ended, readyTimeoutMs: seconds * 1000, directories },
      defaultSession: sessionName(agents.defaultSession, 'agents.default_session'),
    };
    const { facts, start, resumed, briefed } = await context.agents.restart(input.agent, wish, waits(context));
    return {
      ...{ agent: showAgent(facts), ready: start.isReady, resumed, briefed },
      ...given('gate', showDialog(context, start.gate)),
      ...(isEndedState(facts.state) ? { last_lines: lastLines(context, start.look.lines), untrusted: true as const } : {}),
    };
  },
  view: ({ agent, ready, resumed, briefed, gate, last_lines: lines }) => ({
    note: `${agent.name} (${agent.provider}) is ${ready ? `ready, ${agent.state}` : agent.state}, in pane ${agent.pane}; ${resumed ? 'its conversation goes on' : `a new conversation${briefed ? ' with its briefing' : ''}`}.`,
    ...(gate === undefined ? {} : { text: dialogText(gate), untrusted: true as const }),
    ...(lines === undefined ? {} : { text: lines, untrusted: true as const }),
  }),
  exitCode: ({ ready }) => (ready ? 0 : NOT_READY_EXIT),
}); // prettier-ignore

export const agentControlOperations = [answerPrompt, interruptAgent, restartAgent, killAgent];
