import { freemem } from 'node:os';
import type { PermissionMode } from '../kernel/agent-words.js';
import { OrcError } from '../kernel/errors.js';
import type { PaneId } from '../kernel/ids.js';
import { isCommand, isReadable, type Provider } from '../providers/provider.js';
import { MAX_WORD_BYTES } from '../security/text/command.js';
import type { Directory, DirectoryPolicy } from '../security/text/directory.js';
import type { SessionName, WindowName } from '../security/text/names.js';
import type { ManagedAgent, ManagedAgents } from '../store/managed-agents.js';
import type { Listing, SessionRow } from '../tmux/listing.js';
import type { CreatedPane, PaneSpec } from '../tmux/model.js';
import type { Tmux } from '../tmux/tmux.js';
import { chooseProvider, type Installed, versionOf } from './choose.js';
import { dropFolders, type Equipment, FORGOTTEN_MS, type Prepared, prepareLaunch } from './launch.js';
import { type Look, screenOf } from './look.js';
import { inPlace, type Placed, releaseWorktree } from './place.js';
import { awaitReady, ENDED, readyTimeoutMs, type Start } from './ready.js';
import { type AgentRecord, newToken, putRecord } from './records.js';
import { type AgentFacts, type AgentSources, findPane, isLive, observe } from './service.js';
import type { Worktrees } from './worktree.js';

export interface SpawnWish {
  readonly name: WindowName;
  readonly role: string;
  /** Id of a provider, or `auto`. */
  readonly provider: string;
  /** Session that its window is put in, made where there is none; undefined: the default one. */
  readonly session: SessionName | undefined;
  readonly defaultSession: SessionName;
  readonly cwd: Directory;
  /** Start it in a new git worktree instead. */
  readonly ownWorktree: boolean;
  /** What folders are held against. */
  readonly directories: DirectoryPolicy;
  readonly briefing: string | undefined;
  readonly model: string | undefined;
  readonly permissionMode: PermissionMode;
  readonly env: readonly (readonly [string, string])[];
  readonly readyTimeoutMs: number;
  /** What the CLI calls the conversation that is to go on; undefined: a new one. */
  readonly resume?: string | undefined;
}

/** Who starts it, and what bounds that. */
export interface Spawner {
  /** Id of the caller. */
  readonly owner: string;
  readonly team: string | null;
  /** Of the new agent: one more than that of an agent that starts it. */
  readonly depth: number;
  /** @param children live agents of the owner @throws OrcError DENIED when it may not have one more */
  readonly require: (children: number) => void;
  /** Whether the caller made a session. */
  readonly isOwn: (session: SessionRow) => Promise<boolean>;
  /** The caller's own session for agents. @param base name of the default one */
  readonly ownSession: (base: SessionName) => SessionName;
  readonly maxAgents: number;
  readonly minFreeBytes: number;
}

export interface SpawnSources extends AgentSources {
  readonly env: NodeJS.ProcessEnv;
  readonly equipment: () => Equipment;
  readonly signal: AbortSignal;
  readonly worktrees: Worktrees;
  /** When the call has to end, in milliseconds of the clock's `mono`; undefined: whenever it likes. */
  readonly end: number | undefined;
  /** Takes back what the call itself has made, without asking anybody. Never throws. */
  readonly undo: (pane: PaneId) => Promise<void>;
  /** Takes back what options of a pane show of an agent, likewise. */
  readonly undoMarks: (pane: PaneId) => Promise<void>;
}

/** Surrounds what only waits. */
export type Waiting = <T>(work: () => Promise<T>) => Promise<T>;

export interface Spawned {
  readonly facts: AgentFacts;
  readonly start: Start;
  /** The briefing went along at the start. */
  readonly briefed: boolean;
}

const MB = 1_048_576;
/** Wide enough that no known CLI breaks what tells its state. */
const SIZE = { width: 160, height: 48 };

function denied(message: string, hint: string): never {
  throw new OrcError('DENIED', message, { hint });
}

/** Memory that programs can get; undefined where the system does not tell it in one number. */
function freeBytes(): number | undefined {
  return process.platform === 'darwin' ? undefined : freemem();
}

/** @throws OrcError DENIED when there may not be one more */
function requireRoom({ owner, maxAgents, require }: Spawner, others: readonly ManagedAgent[]): void {
  if (others.length >= maxAgents)
    denied(`There are ${String(others.length)} agents, as many as may be.`, 'agents.max_agents is the bound; kill_pane ends one.');
  require(others.filter((agent) => agent.owner === owner).length);
} // prettier-ignore

/** Whether an agent is live by a listing; what was started after that one was taken is not in it. */
export const isLiveSince =
  (takenAt: number, listing: Listing) =>
  (agent: ManagedAgent): boolean =>
    agent.since >= takenAt || isLive(agent, listing);

const nameTaken = (): OrcError =>
  new OrcError('CONFLICT', 'An agent of this name runs on this tmux server.', {
    hint: 'Choose another name; list_agents shows those that there are.',
  });

interface NewAgent {
  readonly agent: ManagedAgent;
  readonly record: AgentRecord;
  readonly spawner: Spawner;
  readonly isLive: (agent: ManagedAgent) => boolean;
}

/** Makes it an agent, if there is room and its name is free. @param undo runs where it does not become one */
export async function putOnRecord(rows: ManagedAgents, { agent, record, spawner, isLive: lives }: NewAgent, undo: () => Promise<void>): Promise<void> {
  try {
    const added = await rows.add(agent, {
      isLive: lives,
      check: (others) => {
        requireRoom(spawner, others);
      },
      also: (tx) => {
        putRecord(tx, agent.name, record);
      },
    });
    if (!added) throw nameTaken();
  } catch (error) {
    await undo();
    throw error;
  }
} // prettier-ignore

/** Before anything is made; it is decided once more when the agent is put on record. @throws OrcError */
async function requireStart({ rows }: SpawnSources, wish: SpawnWish, spawner: Spawner, listing: Listing): Promise<void> {
  const live = (await rows.list()).filter((agent) => isLive(agent, listing));
  if (live.some(({ name }) => name === wish.name)) throw nameTaken();
  requireRoom(spawner, live);
  if ((freeBytes() ?? Infinity) < spawner.minFreeBytes)
    denied(`Less than ${String(Math.round(spawner.minFreeBytes / MB))} MB of memory are free.`, 'agents.min_free_memory_mb is the bound; end something first.');
} // prettier-ignore

/** @throws OrcError INVALID_INPUT for what the CLI would not take as a message */
function requireBriefing({ id, kind, resumesSilently }: Provider, { briefing, resume }: SpawnWish): void {
  if (briefing === undefined) return;
  const refuse = (why: string, hint: string): never => {
    throw new OrcError('INVALID_INPUT', `briefing: ${why}.`, { hint });
  };
  if (kind === 'shell') refuse('a shell takes commands, no briefing', 'Leave it out, and give it commands with run_command.');
  if (resume !== undefined && resumesSilently === true) refuse(`${id} takes none with a conversation that goes on`, 'Leave it out, and send it when the agent is ready.');
  if (isCommand(briefing)) refuse('a CLI takes a text that begins with / or !, or is only exit or quit, for a command of its own', 'Begin with a word.');
} // prettier-ignore

/** @throws OrcError INVALID_INPUT where nothing of before can go on */
function requireResume({ id, conversations }: Provider, { resume }: SpawnWish): void {
  if (resume !== undefined && conversations === undefined)
    throw new OrcError('INVALID_INPUT', `resume: ${id} has no conversations that go on.`, { hint: 'Leave it out.' });
}

/** @throws OrcError INVALID_INPUT for a briefing that is too long as the CLI gets it: some want a flag before it */
function requireWords({ args }: Prepared): void {
  if (args.some((word) => Buffer.byteLength(word) > MAX_WORD_BYTES))
    throw new OrcError('INVALID_INPUT', `briefing: an argument takes no more than ${String(MAX_WORD_BYTES)} bytes.`, {
      hint: 'Write it to a file and name that.',
    });
}

/** How the CLI is to be started, and what has to be there for it. @throws OrcError INVALID_INPUT */
async function prepare({ env: own, equipment, rows, records, clock }: SpawnSources, provider: Provider, wish: SpawnWish & Placed): Promise<Prepared> {
  const { permissionMode, model, briefing: message, cwd, asked, resume } = wish;
  const given = equipment();
  const known = new Set((await rows.list()).map(({ name }) => name));
  dropFolders(given, await records.prune(known, clock.now() - FORGOTTEN_MS), clock.now());
  // What the pane is given goes before our own.
  const env = { ...own, ...Object.fromEntries(wish.env) };
  const launch = await prepareLaunch(given, provider, { permissionMode, model, message, cwd, asked, resume }, env);
  requireWords(launch);
  return launch;
} // prettier-ignore

/** The session for its window: the one that is named, else the default one, else one of the caller's own. */
async function sessionFor(wish: SpawnWish, spawner: Spawner, listing: Listing): Promise<SessionName> {
  if (wish.session !== undefined) return wish.session;
  const there = listing.sessions.find(({ name }) => name === wish.defaultSession);
  return there === undefined || (await spawner.isOwn(there)) ? wish.defaultSession : spawner.ownSession(wish.defaultSession);
} // prettier-ignore

async function openPane({ tmux }: SpawnSources, wish: SpawnWish, name: SessionName, spec: PaneSpec): Promise<CreatedPane> {
  const { cwd, name: windowName } = wish;
  const inSession = async (): Promise<CreatedPane | undefined> => {
    const session = (await tmux.list()).sessions.find((row) => row.name === name);
    return session && (await tmux.createWindow({ ...spec, session, name: windowName, cwd })).pane;
  };
  const there = await inSession();
  if (there !== undefined) return there;
  try {
    return (await tmux.createSession({ ...spec, ...SIZE, name, windowName, cwd })).pane;
  } catch (error) {
    // Another call has made it at the same moment.
    const made = error instanceof OrcError && error.code === 'CONFLICT' ? await inSession() : undefined;
    if (made === undefined) throw error;
    return made;
  }
} // prettier-ignore

/** The environment of a new agent: what was asked for, what its permission mode needs, and the proof of who it is. */
const environmentOf = (wish: SpawnWish, launch: Readonly<Record<string, string>>, token: string): [string, string][] =>
  Object.entries({ ...Object.fromEntries(wish.env), ...launch, TMUX_ORC_TOKEN: token });

async function start(sources: SpawnSources, wish: SpawnWish & Placed, spawner: Spawner, { provider, program }: Installed, listing: Listing, takenAt: number): Promise<ManagedAgent> {
  const { rows, clock, undo } = sources;
  const { permissionMode, name, role } = wish;
  const launch = await prepare(sources, provider, wish);
  const { token, digest } = newToken();
  const spec: PaneSpec = {
    command: [program, ...launch.args],
    env: environmentOf(wish, launch.env, token),
    unattended: permissionMode === 'bypass' || provider.asksNothing === true,
    agent: { name, role, provider: provider.id },
    asked: wish.asked,
  };
  const pane = await openPane(sources, wish, await sessionFor(wish, spawner, listing), spec);
  const now = clock.now();
  const agent: ManagedAgent = {
    ...{ name, role, owner: spawner.owner, team: spawner.team, depth: spawner.depth },
    ...{ pane: pane.id, panePid: pane.pid, server: pane.server, token: digest, since: now },
  };
  const record: AgentRecord = {
    ...{ provider: provider.id, sessionId: launch.sessionId, folder: launch.folder, registry: launch.registry, transcripts: launch.transcripts, api: launch.api, panePid: pane.pid, isAlone: true },
    ...{ isReady: false, readyBy: isReadable(provider) ? now + wish.readyTimeoutMs : now, state: 'starting', isOpen: false, since: now, seq: 0 },
    worktree: wish.worktree,
  };
  // Whatever is not on record must not run: it would be nobody's.
  await putOnRecord(rows, { agent, record, spawner, isLive: isLiveSince(takenAt, listing) }, () => undo(pane.id));
  return agent;
} // prettier-ignore

/** What a program that has ended last showed tells why it did not start. */
async function withLastLines(tmux: Tmux, agent: ManagedAgent, listing: Listing, look: Look): Promise<Look> {
  const pane = findPane(listing, agent.pane, agent.server.pid)?.pane;
  const isEnded = ENDED.includes(look.verdict.state) && pane?.pid === agent.panePid;
  return isEnded ? { ...look, lines: await screenOf(tmux, pane) } : look;
}

/**
 * Starts an agent in a window of its own and waits until it is seen to have started, asks something, or has ended. The
 * briefing goes along as an argument of the CLI; it is never typed, so no shell below can run it.
 * @throws OrcError DENIED, CONFLICT, NOT_FOUND, INVALID_INPUT, and what tmux says
 */
export async function spawnAgent(
  sources: SpawnSources,
  wish: SpawnWish,
  spawner: Spawner,
  waiting: Waiting,
): Promise<Spawned> {
  const { tmux, records, clock, signal, env, end } = sources;
  const installed = chooseProvider(await sources.providers(), wish.provider, env);
  const timeoutMs = readyTimeoutMs(installed.provider, wish.readyTimeoutMs);
  requireResume(installed.provider, wish);
  requireBriefing(installed.provider, wish);
  const takenAt = clock.now();
  const listing = await tmux.list();
  await requireStart(sources, wish, spawner, listing);
  await releaseWorktree(sources, wish.name, listing, isLiveSince(takenAt, listing));
  const agent = await inPlace(sources, wish, (place) =>
    start(sources, { ...wish, ...place }, spawner, installed, listing, takenAt),
  );
  const asking = new AbortController();
  const version = versionOf(installed, env, AbortSignal.any([signal, asking.signal]))
    .then((said) => (said === undefined ? undefined : records.tellVersion(agent.name, agent.panePid, said)))
    .catch(() => undefined);
  let facts: AgentFacts | undefined;
  const started = await waiting(() =>
    awaitReady(
      async () => {
        const current = await tmux.list();
        const seen = await observe(sources, agent, current);
        facts = seen.facts;
        return withLastLines(tmux, agent, current, seen.look);
      },
      { clock, timeoutMs: Math.min(timeoutMs, (end ?? Infinity) - clock.mono()), signal },
    ),
  ).finally(() => {
    // One that is ready needs no more time for its version than it has had.
    asking.abort();
  });
  await version;
  facts ??= (await observe(sources, agent, await tmux.list())).facts;
  return { facts, start: started, briefed: wish.briefing !== undefined };
}
