import type { CreatedPane } from '../tmux/model.js';
import type { PermissionMode } from '../kernel/agent-words.js';
import type { PaneId } from '../kernel/ids.js';
import type { Directory, DirectoryPolicy } from '../security/text/directory.js';
import type { SessionName, WindowName } from '../security/text/names.js';
import type { ServerIdentity, SessionRow } from '../tmux/listing.js';
import type { Equipment } from './launch.js';
import type { Start } from './ready.js';
import type { AgentFacts, AgentSources } from './service.js';
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
  /** Whether it is started again where it crashes; undefined: as the config says. */
  readonly autoRestart?: boolean | undefined;
}

/** Who starts it, and what bounds that. */
export interface Spawner {
  /** Id of the caller. */
  readonly owner: string;
  /** It sets what others may do, or acts for whoever does. */
  readonly isOperator: boolean;
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
  /** Keeps on record that what ran in a pane of somebody's has a pane of its own now, which is theirs too. Never throws. */
  readonly renewed: (
    server: ServerIdentity,
    before: Pick<CreatedPane, 'id' | 'pid'>,
    now: Pick<CreatedPane, 'id' | 'pid'>,
  ) => Promise<void>;
  /** Keeps on record that what the call has made is of another caller, for whom it was made. Never throws. */
  readonly madeFor: (
    owner: string,
    server: ServerIdentity,
    things: readonly { readonly id: string; readonly pid?: number }[],
  ) => Promise<void>;
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
