import type { Clock } from '../kernel/clock.js';
import { OrcError } from '../kernel/errors.js';
import type { AgentState } from '../kernel/agent-words.js';
import type { Providers } from '../providers/index.js';
import type { ManagedAgent, ManagedAgents } from '../store/managed-agents.js';
import type { Listing, PaneRow, SessionRow, WindowRow } from '../tmux/listing.js';
import type { Tmux } from '../tmux/tmux.js';
import type { Permit } from './permit.js';
import { type Look, lookAt, showsStart } from './look.js';
import type { AgentRecord, AgentRecords, AgentWorktree, Seen } from './records.js';

/** What an agent is and does. */
export interface AgentFacts {
  readonly name: string;
  readonly role: string;
  readonly provider: string;
  readonly state: AgentState;
  readonly confidence: number;
  /** Id of its pane. */
  readonly pane: string;
  readonly session: string | undefined;
  readonly window: string | undefined;
  readonly team: string | undefined;
  /** When the state began, in milliseconds since the epoch. */
  readonly since: number;
  /** Grows with each turn that is seen to begin or to end. */
  readonly seq: number;
  /** Its own, where it has one. */
  readonly worktree: AgentWorktree | undefined;
}

/** Where an agent's pane is. */
export interface Found {
  readonly pane: PaneRow;
  readonly window: WindowRow;
  readonly session: SessionRow;
}

export interface AgentSources {
  /** As the call has it: behind its gate. */
  readonly tmux: Tmux;
  /** The same behind no gate, for what a permit of the call is for. In lockdown it changes nothing. */
  readonly open: () => Tmux;
  readonly permit: Permit;
  readonly clock: Clock;
  /** Those that there are now. */
  readonly providers: () => Promise<Providers>;
  readonly rows: ManagedAgents;
  readonly records: AgentRecords;
}

/** What looking at agents needs. */
export interface LookSources extends Pick<AgentSources, 'clock' | 'providers' | 'records'> {
  readonly tmux: Pick<Tmux, 'lastLines'>;
}

export function findPane(listing: Listing, id: string, serverPid: number): Found | undefined {
  for (const session of listing.sessions)
    for (const window of session.windows)
      for (const pane of window.panes)
        if (pane.id === id && pane.server.pid === serverPid) return { pane, window, session };
  return undefined;
}

/** Whether the program that was started still runs there. */
export function isLive({ pane, panePid, server }: ManagedAgent, listing: Listing): boolean {
  const found = findPane(listing, pane, server.pid)?.pane;
  return found?.pid === panePid && !found.dead;
}

const UNSEEN: Look = {
  verdict: { state: 'unknown', confidence: 0, winner: undefined, runnerUp: undefined },
  evidence: [],
  lines: [],
};

/** What a caller may not read is not known to it. */
const unseen = (error: unknown): Look => {
  if (error instanceof OrcError && error.code === 'DENIED') return UNSEEN;
  throw error;
};

/** An agent that is not known to have started is starting, for as long as that may take. */
function startingOr(look: Look, record: AgentRecord, now: number): AgentState {
  const { state } = look.verdict;
  const isOpen = !record.isReady && now < record.readyBy;
  return isOpen && (state === 'unknown' || !showsStart(look)) ? 'starting' : state;
}

/** What is kept of an agent that another version has kept nothing of. */
const NOTHING: Omit<AgentRecord, 'panePid' | 'since'> = {
  ...{ provider: 'unknown', isAlone: false, isReady: true, readyBy: 0, state: 'unknown', isOpen: false, seq: 0 },
};

const OPEN: readonly AgentState[] = ['working', 'waiting_permission'];
const CLOSED: readonly AgentState[] = ['idle', 'exited', 'crashed'];
const TROUBLE: readonly AgentState[] = ['error', 'rate_limited'];

/** Whether a turn is open; undefined where the state does not tell. What is tried again goes on. */
function isTurnOpen(state: AgentState, { evidence }: Look): boolean | undefined {
  if (OPEN.includes(state)) return true;
  if (CLOSED.includes(state)) return false;
  return TROUBLE.includes(state) ? evidence.some(({ says }) => says === 'working') : undefined;
}

const isSame = (record: AgentRecord, seen: Omit<Seen, 'at'>): boolean =>
  record.state === seen.state &&
  record.isOpen === seen.isOpen &&
  (seen.turns === undefined || seen.turns === record.turns) &&
  (seen.sessionId === undefined || seen.sessionId === record.sessionId) &&
  (seen.isFinished !== true || record.finished === true) &&
  (seen.isThere !== true || record.isFromCopy !== true);

/** Whether what was started still has its pane. Where an adopted one was ended, the pane stays, and shows no name. */
function isThere({ name, panePid }: ManagedAgent, { isAlone }: AgentRecord, found: Found | undefined): boolean {
  const pane = found?.pane;
  return pane?.pid === panePid && !pane.dead && (isAlone || pane.agent === name);
}

/** Its program has ended by itself and well, as far as the system tells. */
const isFinished = ({ verdict: { winner } }: Look): boolean => winner?.source === 'process' && winner.rule === 'exit_0';

/** What a look at an agent has shown, and what is kept of it since. */
export interface Observed {
  readonly facts: AgentFacts;
  readonly look: Look;
  readonly record: AgentRecord;
  /** Where its pane is; undefined when that is gone. */
  readonly found: Found | undefined;
  /** Whether a turn is open; undefined where what was seen does not tell. */
  readonly isOpen: boolean | undefined;
}

/** @param kept what there is of it */
async function observeKept(
  { tmux, clock, providers, records }: LookSources,
  agent: ManagedAgent,
  listing: Listing,
  kept: AgentRecord | undefined,
): Promise<Observed> {
  const now = clock.now();
  const found = findPane(listing, agent.pane, agent.server.pid);
  const isKept = kept?.panePid === agent.panePid;
  const record = isKept ? kept : { ...NOTHING, panePid: agent.panePid, since: agent.since };
  const look = await lookAt({ tmux, clock, providers }, agent, record, found?.pane).catch(unseen);
  const state = startingOr(look, record, now);
  const isOpen = isTurnOpen(state, look);
  const news = {
    state,
    isOpen: isOpen ?? record.isOpen,
    turns: look.told?.turns,
    sessionId: look.sessionId,
    isFinished: isFinished(look),
    isThere: isThere(agent, record, found),
  };
  // What this caller may not see is no news of the agent.
  const isNews = look !== UNSEEN && isKept && !isSame(record, news);
  const seen = isNews ? await records.saw(agent.name, record, { ...news, at: now }) : record;
  return {
    facts: {
      ...{ name: agent.name, role: agent.role, provider: record.provider, pane: agent.pane },
      ...{ state, confidence: look.verdict.confidence, since: seen.since, seq: seen.seq },
      ...{ session: found?.session.name, window: found?.window.id, team: agent.team ?? undefined },
      worktree: record.worktree,
    },
    ...{ look, record: seen, found, isOpen },
  };
}

/** Looks at one agent and keeps what was seen. */
export async function observe(sources: LookSources, agent: ManagedAgent, listing: Listing): Promise<Observed> {
  return observeKept(sources, agent, listing, await sources.records.get(agent.name));
}

/** Looks at several at once; what is kept of them is read once for all. */
export async function observeAll(
  sources: LookSources,
  agents: readonly ManagedAgent[],
  listing: Listing,
): Promise<readonly Observed[]> {
  const kept = await sources.records.of(agents.map(({ name }) => name));
  return Promise.all(agents.map((agent) => observeKept(sources, agent, listing, kept.get(agent.name))));
}

/** @throws OrcError NOT_FOUND */
export async function agentNamed(rows: Pick<ManagedAgents, 'byName'>, name: string): Promise<ManagedAgent> {
  const agent = await rows.byName(name);
  if (agent === undefined)
    throw new OrcError('NOT_FOUND', 'There is no agent of this name on this tmux server.', {
      hint: 'list_agents shows them; spawn_agent starts one, adopt_agent takes on a program that runs.',
    });
  return agent;
}
