import * as z from 'zod';
import type { Explained } from '../agents/create-agents.js';
import type { Usage } from '../agents/usage.js';
import type { AgentFacts } from '../agents/service.js';
import { AGENT_STATES, isEndedState } from '../kernel/agent-words.js';
import type { OperationContext } from './define-operation.js';
import { given } from './place.js';

export const MAX_SHOWN = 500;
const MAX_CELL = 200;

export const agentField = z.string().min(1).describe('Name of the agent');

export const agentOutput = z.object({
  name: z.string(),
  role: z.string(),
  provider: z.string(),
  state: z.enum(AGENT_STATES).describe('Unknown is said as unknown'),
  confidence: z.number().describe('0 to 1'),
  pane: z.string(),
  session: z.string().optional(),
  window: z.string().optional(),
  team: z.string().optional(),
  since: z.string().describe('When the state was seen to begin, ISO 8601'),
  seq: z.int().describe('Grows with each turn that is seen to begin or end'),
});
/** What the processes of an agent use; missing where nobody has measured it just now. */
export const usageFields = {
  cpu_percent: z.number().optional().describe('Of one core, over the last seconds, all its processes together'),
  memory_bytes: z.int().optional().describe('Resident memory of all its processes'),
};
export const worktreeOutput = z.object({
  path: z.string().describe('Its root'),
  branch: z.string(),
});
export const dialogOutput = z.object({
  title: z.string(),
  options: z.array(z.object({ label: z.string(), selected: z.boolean() })),
});
export function showAgent(facts: AgentFacts): z.output<typeof agentOutput> {
  const { name, role, provider, state, confidence, pane, session, window, team, since, seq } = facts;
  return {
    ...{ name, role, provider, state, confidence, pane },
    ...given('session', session),
    ...given('window', window),
    ...given('team', team),
    ...{ since: new Date(since).toISOString(), seq },
  };
}

interface ShownUsage {
  readonly cpu_percent?: number | undefined;
  readonly memory_bytes?: number | undefined;
}

export function showUsage({ name, state }: AgentFacts, all: ReadonlyMap<string, Usage>): ShownUsage {
  // What was measured before its end is not used any more.
  const usage = isEndedState(state) ? undefined : all.get(name);
  return { ...given('cpu_percent', usage?.cpuPercent), ...given('memory_bytes', usage?.memoryBytes) };
}

const MB = 1_048_576;
export function usageText({ cpu_percent: cpu, memory_bytes: memory }: ShownUsage): string {
  const parts = [
    cpu === undefined ? '' : `${String(cpu)} % of a core`,
    memory === undefined ? '' : `${String(Math.round(memory / MB))} MB`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

export function showWorktree({ worktree }: AgentFacts): z.output<typeof worktreeOutput> | undefined {
  return worktree && { path: worktree.path, branch: worktree.branch };
}

export const worktreeText = ({ path, branch }: z.output<typeof worktreeOutput>): string => `${path}, branch ${branch}`;

/** What a program has put on its screen, fit to be given out. */
export function showDialog({ clean }: OperationContext, dialog: Explained['look']['dialog']): z.output<typeof dialogOutput> | undefined {
  if (dialog === undefined) return undefined;
  const text = (raw: string): string => clean(raw).text.slice(0, MAX_SHOWN);
  return {
    title: text(dialog.title),
    options: dialog.options.map(({ label, selected }) => ({ label: text(label), selected })),
  };
} // prettier-ignore

/** Text of a program as a cell of a table. */
export const cellText = (text: string): string =>
  text.trimEnd().replaceAll('\n', ' ').slice(0, MAX_CELL).toWellFormed();

export const dialogText = ({ title, options }: z.output<typeof dialogOutput>): string =>
  [title, ...options.map(({ label, selected }) => `${selected ? '>' : ' '} ${label}`)].join('\n');
