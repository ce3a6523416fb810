import { OrcError } from '../kernel/errors.js';
import type { Directory } from '../security/text/directory.js';
import type { SessionName, WindowName } from '../security/text/names.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { Listing } from '../tmux/listing.js';
import type { CreatedPane, PaneSpec } from '../tmux/model.js';
import { awaitStarted, begin, newRecord } from './begin.js';
import { chooseProvider, type Installed } from './choose.js';
import { inPlace, type Placed, releaseWorktree } from './place.js';
import { isLiveSince, putOnRecord, requireBriefing, requireResume, requireStart } from './spawn-checks.js';
import type { Spawned, Spawner, SpawnSources, SpawnWish, Waiting } from './spawn-wish.js';

/** Wide enough that no known CLI breaks what tells its state. */
const SIZE = { width: 160, height: 48 };

/** The session for its window: the one that is named, else the default one, else one of the caller's own. */
export async function sessionFor(wish: Pick<SpawnWish, 'session' | 'defaultSession'>, spawner: Spawner, listing: Listing): Promise<SessionName> {
  if (wish.session !== undefined) return wish.session;
  const there = listing.sessions.find(({ name }) => name === wish.defaultSession);
  return there === undefined || (await spawner.isOwn(there)) ? wish.defaultSession : spawner.ownSession(wish.defaultSession);
} // prettier-ignore

/** A window for an agent. */
export interface Window {
  readonly name: WindowName;
  readonly cwd: Directory;
}

export async function openPane({ tmux }: SpawnSources, wish: Window, name: SessionName, spec: PaneSpec): Promise<CreatedPane> {
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

async function start(sources: SpawnSources, wish: SpawnWish & Placed, spawner: Spawner, installed: Installed, listing: Listing, takenAt: number): Promise<ManagedAgent> {
  const { rows, clock, undo } = sources;
  const { name, role, cwd, asked, model, permissionMode, briefing, env, session, worktree, readyTimeoutMs, autoRestart } = wish;
  const begun = await begin(sources, installed, { ...wish, isBriefed: true });
  const place = await sessionFor(wish, spawner, listing);
  const pane = await openPane(sources, wish, place, begun.spec);
  const now = clock.now();
  const agent: ManagedAgent = {
    ...{ name, role, owner: spawner.owner, team: spawner.team, depth: spawner.depth },
    ...{ pane: pane.id, panePid: pane.pid, server: pane.server, token: begun.digest, since: now },
  };
  const kept = { cwd, asked, session, model, permissionMode, briefing, env, autoRestart, place };
  const record = newRecord(installed.provider, begun, pane, { now, readyTimeoutMs, worktree, kept });
  // Whatever is not on record must not run: it would be nobody's.
  await putOnRecord(rows, { agent, record, spawner, isLive: isLiveSince(clock, takenAt, listing) }, () => undo(pane.id));
  return agent;
} // prettier-ignore

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
  const { tmux, clock, env } = sources;
  const installed = chooseProvider(await sources.providers(), wish.provider, env);
  requireResume(installed.provider, wish);
  requireBriefing(installed.provider, wish);
  const takenAt = clock.now();
  const listing = await tmux.list();
  await requireStart(sources, wish, spawner, listing);
  await releaseWorktree(sources, wish.name, listing, isLiveSince(clock, takenAt, listing));
  const agent = await inPlace(sources, wish, (place) =>
    start(sources, { ...wish, ...place }, spawner, installed, listing, takenAt),
  );
  const started = await awaitStarted(sources, agent, installed, wish.readyTimeoutMs, waiting);
  return { ...started, briefed: wish.briefing !== undefined };
}
