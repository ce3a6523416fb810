import { randomUUID } from 'node:crypto';
import { freemem } from 'node:os';
import { OrcError } from '../kernel/errors.js';
import type { PermissionMode } from '../providers/provider.js';
import type { Directory } from '../security/text/directory.js';
import type { SessionName, WindowName } from '../security/text/names.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { Listing, SessionRow } from '../tmux/listing.js';
import type { CreatedPane, PaneSpec } from '../tmux/model.js';
import { chooseProvider, type Installed, versionOf } from './choose.js';
import { awaitReady, type Start } from './ready.js';
import { newToken } from './records.js';
import { type AgentFacts, type AgentSources, isLive, observe } from './service.js';

export interface SpawnWish {
  readonly name: WindowName;
  readonly role: string;
  /** Id of a provider, or `auto`. */
  readonly provider: string;
  /** Session that its window is put in; made where there is none. */
  readonly session: SessionName;
  readonly cwd: Directory;
  readonly briefing: string | undefined;
  readonly model: string | undefined;
  readonly permissionMode: PermissionMode;
  readonly env: readonly (readonly [string, string])[];
  readonly readyTimeoutMs: number;
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
  readonly maxAgents: number;
  readonly minFreeBytes: number;
}

export interface SpawnSources extends AgentSources {
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

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

/** @throws OrcError DENIED, CONFLICT */
async function requireRoom({ rows }: SpawnSources, wish: SpawnWish, spawner: Spawner, listing: Listing): Promise<void> {
  const { owner, maxAgents, minFreeBytes } = spawner;
  const all = await rows.list();
  const live = all.filter((agent) => isLive(agent, listing));
  if (live.length >= maxAgents)
    denied(`There are ${String(live.length)} agents, as many as may be.`, 'agents.max_agents is the bound; kill_pane ends one.');
  spawner.require(live.filter((agent) => agent.owner === owner).length);
  if (freemem() < minFreeBytes)
    denied(`Less than ${String(Math.round(minFreeBytes / MB))} MB of memory are free.`, 'agents.min_free_memory_mb is the bound; end something first.');
  const same = all.find((agent) => agent.name === wish.name);
  if (same !== undefined && isLive(same, listing))
    throw new OrcError('CONFLICT', 'An agent of this name runs on this tmux server.', {
      hint: 'Choose another name; list_agents shows those that there are.',
    });
  if (same !== undefined) await rows.remove(same.name);
} // prettier-ignore

async function openPane({ tmux }: SpawnSources, wish: SpawnWish, session: SessionRow | undefined, spec: PaneSpec): Promise<CreatedPane> {
  const { cwd, name } = wish;
  if (session !== undefined) return (await tmux.createWindow({ ...spec, session, name, cwd })).pane;
  const { width, height } = SIZE;
  return (await tmux.createSession({ ...spec, name: wish.session, windowName: name, cwd, width, height })).pane;
} // prettier-ignore

/** The environment of a new agent: what was asked for, and the proof of who it is. */
const environmentOf = (wish: SpawnWish, launch: Readonly<Record<string, string>>, token: string): [string, string][] => [
  ...Object.entries(launch),
  ...wish.env.map(([name, value]): [string, string] => [name, value]),
  ['TMUX_ORC_TOKEN', token],
]; // prettier-ignore

/** Where the CLI keeps its own files: what the pane was given, else our own home. */
const homeOf = (wish: SpawnWish, env: NodeJS.ProcessEnv): string | undefined =>
  wish.env.find(([name]) => name === 'HOME')?.[1] ?? env.HOME;

async function start(sources: SpawnSources, wish: SpawnWish, spawner: Spawner, installed: Installed, listing: Listing): Promise<ManagedAgent> {
  const { provider, program } = installed;
  const { tmux, rows, records, clock } = sources;
  const sessionId = randomUUID();
  const { permissionMode, model, briefing } = wish;
  const message = provider.packs.length === 0 ? undefined : briefing;
  const launch = provider.launch({ permissionMode, model, sessionId, message });
  const { token, digest } = newToken();
  const session = listing.sessions.find(({ name }) => name === wish.session);
  const spec: PaneSpec = {
    command: [program, ...launch.args],
    env: environmentOf(wish, launch.env, token),
    unattended: permissionMode === 'bypass',
  };
  const pane = await openPane(sources, wish, session, spec);
  const now = clock.now();
  const agent: ManagedAgent = {
    ...{ name: wish.name, role: wish.role, owner: spawner.owner, team: spawner.team, depth: spawner.depth },
    ...{ pane: pane.id, panePid: pane.pid, server: pane.server, token: digest, since: now },
  };
  if (!(await rows.add(agent))) {
    await tmux.killPane(pane.id);
    throw new OrcError('CONFLICT', 'An agent of this name was started at the same moment.', { hint: 'Choose another name.' });
  }
  await records.put(agent.name, {
    ...{ provider: provider.id, sessionId, home: homeOf(wish, sources.env), panePid: pane.pid, isAlone: true },
    ...{ isReady: false, readyBy: now + wish.readyTimeoutMs, state: 'starting', since: now, seq: 0 },
  });
  await tmux.showAgent(pane.id, { name: agent.name, role: agent.role, provider: provider.id });
  return agent;
} // prettier-ignore

/**
 * Starts an agent in a window of its own and waits until it is seen to have started, asks something, or has ended. The
 * briefing goes along as an argument of the CLI; it is never typed, so no shell below can run it.
 * @throws OrcError DENIED, CONFLICT, NOT_FOUND, INVALID_INPUT, and what tmux says
 */
export async function spawnAgent(sources: SpawnSources, wish: SpawnWish, spawner: Spawner): Promise<Spawned> {
  const { tmux, records, clock, signal, env } = sources;
  const installed = chooseProvider(wish.provider, env);
  if (installed.provider.packs.length === 0 && wish.briefing !== undefined)
    throw new OrcError('INVALID_INPUT', 'briefing: a shell takes commands, no briefing.', {
      hint: 'Leave it out, and give it commands with run_command.',
    });
  const listing = await tmux.list();
  await requireRoom(sources, wish, spawner, listing);
  const agent = await start(sources, wish, spawner, installed, listing);
  const asking = new AbortController();
  const version = versionOf(installed, env, AbortSignal.any([signal, asking.signal]))
    .then((said) => (said === undefined ? undefined : records.tellVersion(agent.name, agent.panePid, said)))
    .catch(() => undefined);
  let facts: AgentFacts | undefined;
  const started = await awaitReady(
    async () => {
      const seen = await observe(sources, agent, await tmux.list());
      facts = seen.facts;
      return seen.look;
    },
    { clock, timeoutMs: wish.readyTimeoutMs, signal },
  ).finally(() => {
    // One that is ready needs no more time for its version than it has had.
    asking.abort();
  });
  await version;
  facts ??= (await observe(sources, agent, await tmux.list())).facts;
  return { facts, start: started, briefed: wish.briefing !== undefined };
}
