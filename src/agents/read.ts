import { OrcError } from '../kernel/errors.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { PaneRow } from '../tmux/listing.js';
import { cursorAtRow } from '../tmux/pane/cursor.js';
import type { Provider } from '../providers/provider.js';
import type { Answer } from './answer.js';
import { apiAnswer, type Talk, talkOf } from './api-talk.js';
import { jobAnswer } from './job-answer.js';
import { type AgentFacts, agentNamed, type AgentSources, observe, type Observed } from './service.js';
import { shownAnswer } from './shown-answer.js';
import { notedAnswer, toldAnswer } from './told-answer.js';
import { readTranscript, readTranscriptCursor, type TranscriptPage } from './transcript.js';
import { transcriptAnswer, withoutThoughts } from './transcript-answer.js';

export interface AnswerSources extends AgentSources {
  /** Of the call. */
  readonly signal: AbortSignal;
}

export interface AgentAnswer {
  readonly facts: AgentFacts;
  /** Undefined where nothing is known of what it has said. */
  readonly answer: Answer | undefined;
}

export interface AgentPage {
  readonly facts: AgentFacts;
  /** Whether a turn is open, where that is known. */
  readonly isOpen: boolean | undefined;
  readonly page: TranscriptPage | undefined;
}

export interface AgentPane {
  readonly facts: AgentFacts;
  readonly pane: PaneRow;
  /** Cursor of the pane from which on all that it holds is read. */
  readonly beginning: string;
  /** Whether a turn is open, where that is known. */
  readonly isOpen: boolean | undefined;
}

/**
 * Before anything of an agent is given out: whoever may not read its pane must not read what it says.
 * @throws OrcError DENIED, NOT_FOUND
 */
async function requireReadable({ permit }: AgentSources, { found }: Observed): Promise<void> {
  if (found === undefined)
    throw new OrcError('NOT_FOUND', 'The pane of this agent is gone.', { hint: 'list_agents shows what there is.' });
  await permit.look(found.pane.id);
}

async function talkWith(
  provider: Provider,
  agent: ManagedAgent,
  { record, found }: Observed,
): Promise<Talk | undefined> {
  return found === undefined ? undefined : talkOf(provider, agent, record, found.pane.title);
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
  const told = toldAnswer(provider, record, isOpen);
  if (told !== undefined)
    return provider.events?.withThoughts === true ? withoutThoughts(provider, record, told, sources.signal) : told;
  const kept =
    (await apiAnswer(await talkWith(provider, agent, observed), record, isOpen)) ??
    (await transcriptAnswer(provider, record, isOpen));
  if (kept?.isStale === false) return kept.answer;
  return notedAnswer(provider, record, isOpen) ?? shownAnswer(provider, observed) ?? kept?.answer;
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

/** A part of the conversation; without one, where it is kept nowhere that is known. @throws OrcError as {@link readAnswer} */
export async function readConversation(
  sources: AnswerSources,
  name: string,
  { since, maxBytes }: { readonly since: string | undefined; readonly maxBytes: number },
): Promise<AgentPage> {
  const [agent, observed] = await readable(sources, name);
  const { facts, record, isOpen } = observed;
  const provider = (await sources.providers()).byId(record.provider);
  const cursor = since === undefined ? undefined : readTranscriptCursor(since);
  // A cursor of something else goes on there.
  if (provider === undefined || (since !== undefined && cursor === undefined))
    return { facts, isOpen, page: undefined };
  const talk = await talkWith(provider, agent, observed);
  return { facts, isOpen, page: await readTranscript(provider, record, talk, { since: cursor, maxBytes, isOpen }) };
}

/** @throws OrcError NOT_FOUND, also where another program has got the pane since; DENIED */
export async function readPane(sources: AnswerSources, name: string): Promise<AgentPane> {
  const [agent, { facts, found, isOpen }] = await readable(sources, name);
  if (found?.pane.pid !== agent.panePid)
    throw new OrcError('NOT_FOUND', 'Another program has got the pane of this agent.', {
      hint: 'The agent has ended; capture_pane reads the pane.',
    });
  const { server, id, pid } = found.pane;
  return { facts, pane: found.pane, beginning: cursorAtRow(server, id, pid, 0), isOpen };
}
