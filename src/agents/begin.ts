import { isEndedState } from '../kernel/agent-words.js';
import { isReadable, type Provider } from '../providers/provider.js';
import type { Directory } from '../security/text/directory.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { Listing } from '../tmux/listing.js';
import type { CreatedPane, PaneSpec } from '../tmux/model.js';
import type { Tmux } from '../tmux/tmux.js';
import { type Installed, versionOf } from './choose.js';
import { dropFolders, FORGOTTEN_MS, type Prepared, prepareLaunch } from './launch.js';
import { type Look, screenOf } from './look.js';
import { awaitReady, readyTimeoutMs, type Start } from './ready.js';
import { type AgentRecord, type AgentWorktree, type LaunchRecord, newToken } from './records.js';
import { type AgentFacts, findPane, observe } from './service.js';
import { requireWords } from './spawn-checks.js';
import type { SpawnSources, Waiting } from './spawn-wish.js';

/** What is about to be started, for the first time or once more. */
export interface Beginning extends Pick<LaunchRecord, 'model' | 'permissionMode' | 'briefing' | 'env'> {
  readonly name: string;
  readonly role: string;
  readonly cwd: Directory;
  /** The folder that was asked for, where that is another one. */
  readonly asked?: Directory | undefined;
  /** What the CLI calls the conversation that is to go on; undefined: a new one. */
  readonly resume?: string | undefined;
  /** The briefing is its first message; else that was given before. */
  readonly isBriefed: boolean;
}

/** What is ready to be started. */
export interface Begun {
  readonly spec: PaneSpec & Required<Pick<PaneSpec, 'command'>>;
  readonly launch: Prepared;
  /** Of its token. */
  readonly digest: string;
}

/** How the CLI is to be started, and what has to be there for it. @throws OrcError INVALID_INPUT */
async function prepare({ env: own, equipment, rows, records, clock }: SpawnSources, provider: Provider, wish: Beginning): Promise<Prepared> {
  const { permissionMode, model, cwd, asked, resume, name, role, briefing } = wish;
  const message = wish.isBriefed ? briefing : undefined;
  const given = equipment();
  const known = new Set((await rows.list()).map(({ name }) => name));
  dropFolders(given, await records.prune(known, clock.now() - FORGOTTEN_MS), clock.now());
  // What the pane is given goes before our own.
  const env = { ...own, ...Object.fromEntries(wish.env) };
  const launch = await prepareLaunch(given, provider, { permissionMode, model, message, cwd, asked, resume, told: { name, role, briefing } }, env);
  requireWords(launch);
  return launch;
} // prettier-ignore

/** It acts by itself and asks nobody. */
export const isGrave = (provider: Provider, { permissionMode }: Pick<LaunchRecord, 'permissionMode'>): boolean =>
  permissionMode === 'bypass' || provider.asksNothing === true;

/**
 * The program with all that it is started with: what was asked for, what its permission mode needs, and the proof of who
 * it is.
 * @throws OrcError INVALID_INPUT
 */
export async function begin(sources: SpawnSources, { provider, program }: Installed, wish: Beginning): Promise<Begun> {
  const launch = await prepare(sources, provider, wish);
  const { token, digest } = newToken();
  const { name, role, asked } = wish;
  const spec = {
    env: Object.entries({ ...Object.fromEntries(wish.env), ...launch.env, TMUX_ORC_TOKEN: token }),
    unattended: isGrave(provider, wish),
    agent: { name, role, provider: provider.id },
    asked,
  };
  return { spec: { ...spec, command: [program, ...launch.args] }, launch, digest };
}

/** What is kept of an agent that has just been started. */
export function newRecord(
  provider: Provider,
  { launch }: Begun,
  { pid }: CreatedPane,
  more: { readonly now: number; readonly readyTimeoutMs: number; readonly worktree: AgentWorktree | undefined; readonly kept: LaunchRecord },
): AgentRecord {
  const { now, worktree, kept } = more;
  return {
    ...{ provider: provider.id, sessionId: launch.sessionId, folder: launch.folder, registry: launch.registry, transcripts: launch.transcripts, api: launch.api, panePid: pid, isAlone: true },
    ...{ isReady: false, readyBy: isReadable(provider) ? now + more.readyTimeoutMs : now, state: 'starting', isOpen: false, since: now, seq: 0 },
    ...{ worktree, launch: kept },
  };
} // prettier-ignore

/** What a program that has ended last showed tells why it did not start. */
async function withLastLines(tmux: Tmux, agent: ManagedAgent, listing: Listing, look: Look): Promise<Look> {
  const pane = findPane(listing, agent.pane, agent.server.pid)?.pane;
  const isEnded = isEndedState(look.verdict.state) && pane?.pid === agent.panePid;
  return isEnded ? { ...look, lines: await screenOf(tmux, pane) } : look;
}

/** How a start went, with what was seen last. */
export interface Started {
  readonly facts: AgentFacts;
  readonly start: Start;
}

/** Waits until an agent that was started is seen to be ready, asks something, or has ended; asks for its version meanwhile. */
export async function awaitStarted(
  sources: SpawnSources,
  agent: ManagedAgent,
  installed: Installed,
  wishedMs: number,
  waiting: Waiting,
): Promise<Started> {
  const { tmux, records, clock, signal, env, end } = sources;
  const timeoutMs = readyTimeoutMs(installed.provider, wishedMs);
  const asking = new AbortController();
  const version = versionOf(installed, env, AbortSignal.any([signal, asking.signal]))
    .then((said) => (said === undefined ? undefined : records.tellVersion(agent.name, agent.panePid, said)))
    .catch(() => undefined);
  let facts: AgentFacts | undefined;
  const start = await waiting(() =>
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
  return { facts, start };
}
