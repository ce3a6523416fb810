import { isEndedState } from '../../kernel/agent-words.js';
import { OrcError } from '../../kernel/errors.js';
import type { Provider } from '../../providers/provider.js';
import {
  allowedDirectory,
  type Directory,
  directoryWithin,
  type DirectoryPolicy,
} from '../../security/text/directory.js';
import { agentName, type SessionName, sessionName } from '../../security/text/names.js';
import type { ManagedAgent } from '../../store/managed-agents.js';
import type { CreatedPane, PaneSpec } from '../../tmux/model.js';
import { awaitStarted, begin, type Begun, type Beginning, isGrave, newRecord } from '../begin.js';
import { chooseProvider, type Installed } from '../choose.js';
import { processOf } from '../processes.js';
import { type AgentRecord, type LaunchRecord, putRecord } from '../records.js';
import type { Start } from '../ready.js';
import type { PaneRow } from '../../tmux/listing.js';
import { type AgentFacts, agentNamed, findPane } from '../service.js';
import { openPane, sessionFor, type Window } from '../spawn.js';
import { isLiveSince, nameTaken } from '../spawn-checks.js';
import type { Spawner, SpawnSources, Waiting } from '../spawn-wish.js';
import { endProgram, killProgram } from './end-program.js';
import { permitted } from './press.js';
import { isEnded, see } from '../sight.js';

export interface RestartWish {
  /** Its conversation goes on, where its CLI can do that. */
  readonly resume: boolean;
  /** One that runs is left alone. */
  readonly onlyEnded: boolean;
  readonly readyTimeoutMs: number;
  /** What its folder is held against once more. */
  readonly directories: DirectoryPolicy;
  readonly defaultSession: SessionName;
}

export interface Restarted {
  readonly facts: AgentFacts;
  readonly start: Start;
  /** Its conversation of before goes on. */
  readonly resumed: boolean;
  /** The briefing went along once more. */
  readonly briefed: boolean;
}

/** How long it may take to end. */
const GRACE_MS = 10_000;
const KILL_MS = 3000;

const conflict = (message: string, hint: string): OrcError => new OrcError('CONFLICT', message, { hint });

/** What is known of how an agent was started. */
interface Known {
  readonly record: AgentRecord;
  readonly launch: LaunchRecord;
  readonly installed: Installed;
  readonly cwd: Directory;
  readonly asked: Directory | undefined;
}

/** @throws OrcError CONFLICT, NOT_FOUND, and what a folder is refused with */
async function knownOf(sources: SpawnSources, agent: ManagedAgent, directories: DirectoryPolicy): Promise<Known> {
  const record = await sources.records.get(agent.name);
  const launch = record?.launch;
  if (record?.panePid !== agent.panePid || launch === undefined)
    throw conflict('It is not known how it was started: tmux-orc has not started it.', 'kill_agent ends it, and spawn_agent starts another one.');
  const installed = chooseProvider(await sources.providers(), record.provider, sources.env);
  const { worktree } = record;
  if (worktree === undefined) return { record, launch, installed, cwd: await allowedDirectory(launch.cwd, directories), asked: undefined };
  const cwd = await directoryWithin(worktree.path, launch.cwd);
  if (cwd === undefined) throw conflict('Its worktree is not there any more.', 'kill_agent frees its name, and spawn_agent starts another one.');
  return { record, launch, installed, cwd, asked: launch.asked === undefined ? undefined : await allowedDirectory(launch.asked, directories) };
} // prettier-ignore

/** What its CLI calls the conversation that can go on: one without any turn was never kept. */
export function conversationToGoOn(
  { conversations }: Provider,
  { sessionId, seq, launch }: AgentRecord,
): string | undefined {
  const hasBegun = seq > 0 || launch?.briefing !== undefined;
  return conversations === undefined || !hasBegun ? undefined : sessionId;
}

/** @throws OrcError DENIED, CONFIRMATION_REQUIRED */
async function requireRestart(sources: SpawnSources, agent: ManagedAgent, { installed, launch, asked, cwd }: Known, { owner, isOperator }: Spawner, hasPane: boolean): Promise<void> {
  const what = { isGrave: isGrave(installed.provider, launch), folder: asked ?? cwd };
  const says = `end the agent "${agent.name}" with what it is doing, and start it anew`;
  if (hasPane) await sources.permit.restart(agent.pane, says, what);
  else if (owner !== agent.owner && !isOperator)
    throw new OrcError('DENIED', 'Its pane is gone: only who started it starts it anew.', { hint: 'spawn_agent starts another one.' });
} // prettier-ignore

/** @throws OrcError CONFLICT where the record is from a copy, and another pane shows the agent: it was started anew since */
async function requireNoOther({ tmux }: SpawnSources, agent: ManagedAgent, { record }: Known): Promise<void> {
  if (record.isFromCopy !== true) return;
  const panes = (await tmux.list()).sessions.flatMap(({ windows }) => windows.flatMap((window) => window.panes));
  if (panes.some(({ id, dead, agent: shown }) => shown === agent.name && !dead && id !== agent.pane))
    throw conflict('What is kept of it is from a snapshot, and another pane shows its name: it may run there.', 'list_sessions with detail panes shows that pane. adopt_agent takes on what runs there; where that has ended, it can be started anew.');
} // prettier-ignore

/** Ends what still runs. @throws OrcError CONFLICT, OUTCOME_UNKNOWN */
async function endRunning(sources: SpawnSources, agent: ManagedAgent, { onlyEnded }: RestartWish): Promise<void> {
  const isOver = isEnded(await see(sources, agent));
  if (onlyEnded && !isOver) throw conflict('It runs.', 'Leave only_ended out to end it and start it anew.');
  if (isOver || (await endProgram(sources, agent, GRACE_MS)) !== undefined) return;
  const target = processOf({ isAlone: true, panePid: agent.panePid });
  if (target !== undefined && (await killProgram(sources, agent, target, KILL_MS))) return;
  throw new OrcError('OUTCOME_UNKNOWN', 'It was told to end, and still runs.', { hint: 'get_agent_status tells what it does.' });
} // prettier-ignore

/** One start in the place of a program that has ended. */
interface Again {
  readonly known: Known;
  readonly wish: RestartWish;
  readonly resume: string | undefined;
  readonly spawner: Spawner;
}

/** Where its pane is gone: what is made then is of whoever it was started for. */
async function placedAnew(sources: SpawnSources, agent: ManagedAgent, named: Window, spec: PaneSpec, { known, wish, spawner }: Omit<Again, 'resume'>): Promise<CreatedPane> {
  const { session: asked, place } = known.launch;
  const wanted = asked ?? (spawner.isOperator ? place : undefined);
  const before = await sources.tmux.list();
  const where = { session: wanted === undefined ? undefined : sessionName(wanted, 'session'), defaultSession: wish.defaultSession };
  const name = await sessionFor(where, spawner, before);
  const pane = await openPane(sources, named, name, spec);
  if (spawner.owner === agent.owner) return pane;
  const found = findPane(await sources.tmux.list(), pane.id, pane.server.pid);
  const isNew = before.sessions.every(({ id }) => id !== found?.session.id);
  const around = found === undefined ? [] : [{ id: found.window.id }, ...(isNew ? [{ id: found.session.id }] : [])];
  await sources.madeFor(agent.owner, pane.server, [{ id: pane.id, pid: pane.pid }, ...around]);
  return pane;
} // prettier-ignore

/**
 * In a new window beside its pane, which goes then; where that is gone, as a new one. Never in the same pane: where a program
 * printed something right before its end, tmux 3.3 reads beyond that when another one prints there, and its server ends.
 */
async function placed(sources: SpawnSources, inside: SpawnSources, agent: ManagedAgent, { spec }: Begun, { known, wish, spawner }: Again): Promise<{ readonly pane: CreatedPane; readonly before: PaneRow | undefined }> {
  const named = { name: agentName(agent.name), cwd: known.cwd };
  const listing = await inside.tmux.list();
  const found = findPane(listing, agent.pane, agent.server.pid);
  if (found?.pane.pid === agent.panePid) {
    const pane = await openPane(inside, named, sessionName(found.session.name, 'session'), spec);
    await sources.renewed(pane.server, found.pane, pane);
    return { pane, before: found.pane };
  }
  return { pane: await placedAnew(sources, agent, named, spec, { known, wish, spawner }), before: undefined };
} // prettier-ignore

/** Starts it and puts it on record in the place of what it was. @returns the agent as it is now */
async function startAgain(sources: SpawnSources, inside: SpawnSources, agent: ManagedAgent, again: Again): Promise<ManagedAgent> {
  const { rows, clock, undo } = sources;
  const { known, resume, wish } = again;
  const { launch, installed, cwd, asked } = known;
  const record = (await sources.records.get(agent.name)) ?? known.record;
  const beginning: Beginning = { ...launch, name: agent.name, role: agent.role, cwd, asked, resume, isBriefed: resume === undefined };
  const begun = await begin(sources, installed, beginning);
  const takenAt = clock.now();
  const { pane, before } = await placed(sources, inside, agent, begun, again);
  const now = clock.now();
  const next: ManagedAgent = { ...agent, pane: pane.id, panePid: pane.pid, server: pane.server, token: begun.digest, renewed: now };
  const made = newRecord(installed.provider, begun, pane, { now, readyTimeoutMs: wish.readyTimeoutMs, worktree: record.worktree, kept: launch });
  // Its turns are counted on: whoever waits for the next one has a number of before.
  const kept = { ...made, version: record.version, seq: record.seq + (record.isOpen ? 1 : 0) };
  const listing = await inside.tmux.list();
  const added = await rows.add(next, { isLive: isLiveSince(clock, takenAt, listing), also: (tx) => { putRecord(tx, next, kept); } }); // prettier-ignore
  if (added) {
    if (before !== undefined) await inside.tmux.killPane(before.id).catch(() => undefined);
    return next;
  }
  await undo(pane.id);
  throw nameTaken();
} // prettier-ignore

/**
 * Ends what an agent runs and starts the same anew in a pane of its own: same role, folder, model and mode. Its conversation goes on
 * where its CLI can do that; else the briefing goes along once more. Proven as a start is.
 * @throws OrcError NOT_FOUND, CONFLICT, DENIED, CONFIRMATION_REQUIRED, OUTCOME_UNKNOWN, and what tmux says
 */
export async function restartAgent(sources: SpawnSources, name: string, wish: RestartWish, spawner: Spawner, waiting: Waiting): Promise<Restarted> {
  // One of before a reboot, or of another life of the server, is started again like one whose pane is gone.
  const ofAnyLife = { byName: sources.records.agent };
  const agent = await agentNamed(ofAnyLife, name);
  const known = await knownOf(sources, agent, wish.directories);
  const { installed, launch } = known;
  const inside = permitted(sources);
  await requireRestart(sources, agent, known, spawner, (await see(inside, agent)).pane !== undefined);
  await requireNoOther(inside, agent, known);
  await waiting(() => endRunning(inside, agent, wish));
  // Its last look may have shown the end of its turn, and what its conversation is called.
  const record = (await sources.records.get(name)) ?? known.record;
  const again = { known: { ...known, record }, wish, spawner };
  const run = async (resume: string | undefined): Promise<Restarted> => {
    const current = await agentNamed(ofAnyLife, name);
    const next = await startAgain(sources, inside, current, { ...again, resume });
    const started = await awaitStarted(inside, next, installed, wish.readyTimeoutMs, waiting);
    return { ...started, resumed: resume !== undefined, briefed: resume === undefined && launch.briefing !== undefined };
  };
  const conversation = wish.resume ? conversationToGoOn(installed.provider, record) : undefined;
  const first = await run(conversation);
  if (conversation === undefined || !isEndedState(first.facts.state)) return first;
  // A CLI ends where it does not find that conversation.
  const second = await run(undefined);
  // It was not because of the conversation: that can still go on another time.
  if (isEndedState(second.facts.state)) await sources.records.tellConversation(name, conversation);
  return second;
} // prettier-ignore
