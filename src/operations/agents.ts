import * as z from 'zod';
import type { AgentFacts } from '../agents/service.js';
import { AGENT_STATES, EVIDENCE_SOURCES } from '../kernel/agent-words.js';
import {
  agentField,
  agentOutput,
  dialogOutput,
  dialogText,
  MAX_SHOWN,
  showAgent,
  showDialog,
  showUsage,
  showWorktree,
  usageFields,
  usageText,
  worktreeOutput,
  worktreeText,
} from './agent-view.js';
import { defineOperation } from './define-operation.js';
import { fields } from './fields.js';
import { agentsLike } from './agent-filter.js';
import { readCursor, writeCursor } from './paging.js';
import { given } from './place.js';
import type { View } from './view.js';

const listedOutput = agentOutput.extend({ unread: z.int().describe('Messages that wait for it'), ...usageFields });

/** Ids of panes are never used again in one life of a server. */
const orderOf = ({ pane }: AgentFacts): number => Number(pane.slice(1));

const table = (agents: readonly z.output<typeof listedOutput>[]): NonNullable<View['table']> => ({
  columns: ['AGENT', 'STATE', 'ROLE', 'PROVIDER', 'PANE', 'SESSION', 'UNREAD', 'USES', 'SINCE'],
  rows: agents.map((agent) => [
    ...[
      agent.name,
      agent.state,
      agent.role,
      agent.provider,
      agent.pane,
      agent.session ?? '',
      String(agent.unread),
      usageText(agent),
      agent.since,
    ],
  ]),
});

const listAgents = defineOperation({
  name: 'list_agents',
  title: 'List agents',
  description: 'Lists the agents of this tmux server with what each is doing now.',
  toolset: 'agents',
  effect: 'read',
  repeats: { volatile: ['agents.cpu_percent', 'agents.memory_bytes'], instead: 'wait_for_agents waits for a change of them.' },
  cli: { path: ['agent', 'list'], positional: [] },
  input: z.object({
    session: fields.session.optional().describe('Only those of this session'),
    team: z.string().optional().describe('Only those of this team'),
    role: z.string().optional().describe('Only those of this role'),
    state: z.enum(AGENT_STATES).optional().describe('Only those in this state'),
    limit: fields.limit,
    cursor: fields.cursor,
  }),
  output: z.object({ agents: z.array(listedOutput), next_cursor: z.string().optional().describe('More stands after this') }),
  handle: async (context, input) => {
    const all = await agentsLike(context, input);
    const after = input.cursor === undefined ? -1 : readCursor(input.cursor);
    const rest = all.toSorted((a, b) => orderOf(a) - orderOf(b)).filter((agent) => orderOf(agent) > after);
    const page = rest.slice(0, input.limit);
    const last = page.at(-1);
    const more = rest.length > page.length && last !== undefined ? writeCursor(orderOf(last)) : undefined;
    const [unread, usage] = await Promise.all([context.agents.unread(), context.agents.usage()]);
    const agents = page.map((facts) => ({ ...showAgent(facts), unread: unread.get(facts.name) ?? 0, ...showUsage(facts, usage) }));
    return { agents, ...given('next_cursor', more) };
  },
  view: ({ agents }) => (agents.length === 0 ? { note: 'No agents.' } : { table: table(agents) }),
}); // prettier-ignore

interface ShownEvidence {
  readonly source: string;
  readonly says: string;
  readonly rule: string;
  readonly region?: string | undefined;
  readonly age_ms: number;
  readonly decided: boolean;
  readonly runner_up?: true | undefined;
}

function evidenceFact({ source, says, rule, region, age_ms: age, decided, runner_up: next }: ShownEvidence): readonly [string, string] {
  const where = region === undefined ? '' : ` in the ${region}`;
  const since = age < 1000 ? '' : `, ${String(Math.round(age / 1000))} s ago`;
  return [decided ? 'decided by' : next === true ? 'runner-up' : 'also', `${source} says ${says} (${rule}${where}${since})`];
} // prettier-ignore

const getAgentStatus = defineOperation({
  name: 'get_agent_status',
  title: 'Status of an agent',
  description: 'Tells what an agent is doing now and the evidence for it, with the dialog that it shows, if any.',
  toolset: 'agents',
  effect: 'read',
  repeats: { volatile: ['evidence', 'rate_limit.resets_at', 'age_ms', 'cpu_percent', 'memory_bytes'], instead: 'wait_for_agents waits for a change.' },
  cli: {
    path: ['agent', 'status'],
    positional: ['agent'],
    also: { path: ['agent', 'explain'], on: 'explain', description: 'Tells why an agent is said to be in its state: all evidence, what decided and what came next.' },
  },
  input: z.object({
    agent: agentField,
    explain: z.boolean().default(false).describe('Tell all evidence, not only what decided'),
  }),
  output: z.object({
    agent: agentOutput,
    state: z.enum(AGENT_STATES),
    confidence: z.number(),
    since: z.string(),
    evidence: z.array(
      z.object({
        source: z.enum(EVIDENCE_SOURCES),
        says: z.enum(AGENT_STATES),
        rule: z.string().describe('Which rule of the source it was'),
        region: z.string().optional().describe('Where on the screen'),
        age_ms: z.int(),
        decided: z.boolean(),
        runner_up: z.literal(true).optional().describe('The surest that says something else'),
      }),
    ),
    worktree: worktreeOutput.optional().describe('Its own git worktree'),
    dialog: dialogOutput.optional(),
    text: z.string().optional().describe('What it says about an error or a limit'),
    ...usageFields,
    rate_limit: z.object({ resets_at: z.string().optional(), text: z.string() }).optional(),
    conversation: z.string().optional().describe('What its CLI calls the conversation, where that is known; for resume of spawn_agent'),
    seq: z.int(),
    age_ms: z.int().optional().describe('How old it is, where the monitor had seen it; else it was looked at now'),
    untrusted: z.literal(true).optional().describe('dialog and text were written by a program'),
  }),
  handle: async (context, input) => {
    const [{ facts, look, now, record, ageMs }, usage] = await Promise.all([context.agents.explain(input.agent), context.agents.usage()]);
    const { winner, runnerUp } = look.verdict;
    const shown = input.explain ? look.evidence : look.evidence.filter((item) => item === winner);
    const text = look.text === undefined ? undefined : context.clean(look.text).text.slice(0, MAX_SHOWN);
    const dialog = showDialog(context, look.dialog);
    const resets = look.resetsAt === undefined ? {} : { resets_at: new Date(look.resetsAt).toISOString() };
    return {
      ...{ agent: showAgent(facts), state: facts.state, confidence: facts.confidence, seq: facts.seq },
      since: new Date(facts.since).toISOString(),
      evidence: shown.map((item) => ({
        ...{ source: item.source, says: item.says, rule: item.rule, decided: item === winner },
        ...given('region', item.region),
        ...(item === runnerUp ? { runner_up: true as const } : {}),
        age_ms: Math.max(0, Math.round(now - (item.since ?? item.at))),
      })),
      ...given('worktree', showWorktree(facts)),
      ...given('age_ms', ageMs),
      ...given('conversation', record.sessionId),
      ...given('dialog', dialog),
      ...given('text', text),
      ...showUsage(facts, usage),
      ...(facts.state === 'rate_limited' && text !== undefined ? { rate_limit: { ...resets, text } } : {}),
      ...(dialog === undefined && text === undefined ? {} : { untrusted: true as const }),
    };
  },
  view: ({ agent, state, confidence, since, evidence, worktree, dialog, text, ...used }) => ({
    facts: [
      ['agent', `${agent.name}, ${agent.role}, ${agent.provider}, pane ${agent.pane}`],
      ['state', `${state} (${String(confidence)}) since ${since}`],
      ...(worktree === undefined ? [] : [['worktree', worktreeText(worktree)] as const]),
      ...(usageText(used) === '' ? [] : [['uses', usageText(used)] as const]),
      ...evidence.map(evidenceFact),
    ],
    ...(dialog === undefined && text === undefined
      ? {}
      : { text: [...(text === undefined ? [] : [text]), ...(dialog === undefined ? [] : [dialogText(dialog)])].join('\n'), untrusted: true as const }),
  }),
}); // prettier-ignore

export const agentOperations = [listAgents, getAgentStatus];
