import { OrcError } from '../kernel/errors.js';
import { type Directory, type DirectoryPolicy, isInside } from '../security/text/directory.js';
import type { ManagedAgent, ManagedAgents } from '../store/managed-agents.js';
import type { Listing } from '../tmux/listing.js';
import type { AgentRecords, AgentWorktree } from './records.js';
import type { Worktrees } from './worktree.js';
import type { Removal } from './worktree-removal.js';

/** Where an agent is started. */
export interface Placed {
  readonly cwd: Directory;
  /** The folder that was asked for, where that is another one. */
  readonly asked?: Directory;
  readonly worktree?: AgentWorktree;
}

interface PlaceWish {
  readonly name: string;
  readonly cwd: Directory;
  readonly ownWorktree: boolean;
  readonly directories: DirectoryPolicy;
}

/**
 * Starts something in the folder that was asked for, or in a new worktree, which goes again where the start fails.
 * @throws OrcError as {@link Worktrees.make}, and what `start` throws
 */
export async function inPlace<T>(
  { worktrees, signal }: { readonly worktrees: Worktrees; readonly signal: AbortSignal },
  { name, cwd, ownWorktree, directories }: PlaceWish,
  start: (place: Placed) => Promise<T>,
): Promise<T> {
  if (!ownWorktree) return start({ cwd });
  const made = await worktrees.make({ name, cwd, directories, signal });
  try {
    return await start({ ...made, asked: cwd });
  } catch (error) {
    // What may still begin there would be without its folder.
    if (!(error instanceof OrcError && error.code === 'OUTCOME_UNKNOWN')) await worktrees.remove(made.worktree);
    throw error;
  }
}

/** What became of the worktree of an agent that is gone. */
export type Released = Removal & { readonly worktree: AgentWorktree };

interface ReleaseSources {
  readonly rows: ManagedAgents;
  readonly records: AgentRecords;
  readonly worktrees: Worktrees;
}

/**
 * Removes the worktree of an ended agent whose name is about to be taken, if nothing would be lost and nothing is at work
 * there. What stays is nobody's from then on.
 */
export async function releaseWorktree(
  { rows, records, worktrees }: ReleaseSources,
  name: string,
  listing: Listing,
  lives: (agent: ManagedAgent) => boolean,
): Promise<Released | undefined> {
  const old = await records.get(name);
  if (old?.worktree === undefined) return undefined;
  const agent = await rows.byName(name);
  // Another call has just taken the name.
  if (agent !== undefined && lives(agent)) return undefined;
  const { path } = old.worktree;
  const panes = listing.sessions.flatMap(({ windows }) => windows.flatMap((window) => window.panes));
  if (panes.some(({ dead, cwd }) => !dead && isInside(path, cwd)))
    return { worktree: old.worktree, removed: false, reason: 'something in a pane works there' };
  const worktree = await records.exchangeWorktree(name, old.panePid, undefined);
  if (worktree === undefined) return undefined;
  const removal = await worktrees.remove(worktree);
  if (!removal.removed) await records.exchangeWorktree(name, old.panePid, worktree);
  return { ...removal, worktree };
}
