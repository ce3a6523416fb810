import { OrcError } from '../kernel/errors.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { PaneRow } from '../tmux/listing.js';
import type { Answer } from './answer.js';
import { jobAnswer } from './job-answer.js';
import { type AgentFacts, agentNamed, type AgentSources, observe, type Observed } from './service.js';
import { shownAnswer } from './shown-answer.js';
import { notedAnswer, toldAnswer } from './told-answer.js';

export interface AnswerSources extends AgentSources {
  /** Of the call. */
  readonly signal: AbortSignal;
}

export interface AgentAnswer {
  readonly facts: AgentFacts;
  /** Undefined where nothing is known of what it has said. */
  readonly answer: Answer | undefined;
}

export interface AgentPane {
  readonly facts: AgentFacts;
  readonly pane: PaneRow;
  /** Whether a turn is open, where that is known. */
  readonly isOpen: boolean | undefined;
}

/**
 * Before anything of an agent is given out: whoever may not read its pane must not read what it says.
 * @throws OrcError DENIED, NOT_FOUND
 */
async function requireReadable({ tmux }: AgentSources, { found }: Observed): Promise<void> {
  if (found === undefined)
    throw new OrcError('NOT_FOUND', 'The pane of this agent is gone.', { hint: 'list_agents shows what there is.' });
  await tmux.lastLines(found.pane.id, 1);
}

/** By the best source that there is; undefined where nothing is known. */
async function bestAnswer(
  sources: AnswerSources,
  agent: ManagedAgent,
  observed: Observed,
): Promise<Answer | undefined> {
  const { record, isOpen } = observed;
  const provider = (await sources.providers()).byId(record.provider);
  if (provider === undefined) return undefined;
  if (provider.kind === 'shell') return jobAnswer(sources.tmux, agent, observed, sources.signal);
  return (
    toldAnswer(provider, record, isOpen) ?? notedAnswer(provider, record, isOpen) ?? shownAnswer(provider, observed)
  );
}

/**
 * What an agent has said last, for whoever has just looked at it.
 * @returns undefined where nothing is known, or the caller may not read its pane
 */
export async function answerOf(
  sources: AnswerSources,
  agent: ManagedAgent,
  observed: Observed,
): Promise<Answer | undefined> {
  try {
    await requireReadable(sources, observed);
  } catch (error) {
    if (error instanceof OrcError && (error.code === 'DENIED' || error.code === 'NOT_FOUND')) return undefined;
    throw error;
  }
  return bestAnswer(sources, agent, observed);
}

/** Looks at an agent whose pane the caller may read. @throws OrcError NOT_FOUND, DENIED */
async function readable(sources: AnswerSources, name: string): Promise<readonly [ManagedAgent, Observed]> {
  const agent = await agentNamed(sources.rows, name);
  const observed = await observe(sources, agent, await sources.tmux.list());
  await requireReadable(sources, observed);
  return [agent, observed];
}

/** @throws OrcError NOT_FOUND, DENIED to a caller that may not read its pane */
export async function readAnswer(sources: AnswerSources, name: string): Promise<AgentAnswer> {
  const [agent, observed] = await readable(sources, name);
  return { facts: observed.facts, answer: await bestAnswer(sources, agent, observed) };
}

/** @throws OrcError NOT_FOUND, also where another program has got the pane since; DENIED */
export async function readPane(sources: AnswerSources, name: string): Promise<AgentPane> {
  const [agent, { facts, found, isOpen }] = await readable(sources, name);
  if (found?.pane.pid !== agent.panePid)
    throw new OrcError('NOT_FOUND', 'Another program has got the pane of this agent.', {
      hint: 'The agent has ended; capture_pane reads the pane.',
    });
  return { facts, pane: found.pane, isOpen };
}
