import type { ApiAddress } from '../providers/provider.js';
import { createHash, randomBytes } from 'node:crypto';
import type { AgentState, PermissionMode } from '../kernel/agent-words.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import { defineTable, type Reading, type StateStore, type Transaction } from '../store/store.js';
import { agentOfAnyLife, dropRestorable, loseRestorable, putRestorable } from './restorable.js';

/** A git worktree that an agent has for itself. */
export interface AgentWorktree {
  /** Real path of its root. */
  readonly path: string;
  /** Its branch, such as `orc/build`. */
  readonly branch: string;
  /** Real path of the git folder that all worktrees of the repository share. */
  readonly repository: string;
  /** Commit that it was made from. */
  readonly base: string;
}

/** How an agent was started, so that it can be started once more. It may hold secrets: nothing of it is ever shown. */
export interface LaunchRecord {
  /** Absolute paths: where it works, and what was asked for where that is another one. */
  readonly cwd: string;
  readonly asked?: string | undefined;
  /** Name of the session that was asked for. */
  readonly session?: string | undefined;
  readonly model?: string | undefined;
  readonly permissionMode: PermissionMode;
  readonly briefing?: string | undefined;
  readonly env: readonly (readonly [string, string])[];
  /** Whether it is started again where it crashes; undefined: as the config says. */
  readonly autoRestart?: boolean | undefined;
  /** Name of the session that it was put in. */
  readonly place?: string | undefined;
}

/** What is kept of an agent beside what decides who it is (store/managed-agents). */
export interface AgentRecord {
  /** Id of its provider. */
  readonly provider: string;
  /** Of the CLI; undefined where it does not tell. */
  readonly version?: string | undefined;
  /** What its CLI calls its conversation, as far as is known. */
  readonly sessionId?: string | undefined;
  /** Where the CLI keeps files about itself. */
  readonly registry?: string | undefined;
  /** Where the CLI keeps its conversations. */
  readonly transcripts?: string | undefined;
  /** Where the CLI's own server listens. */
  readonly api?: ApiAddress | undefined;
  /** Our own folder for it, where it puts what it tells of its events. */
  readonly folder?: string | undefined;
  /** Pid of its pane's first process: a record of another one is not of this agent. */
  readonly panePid: number;
  /** It is the pane's first process, with no shell below it. */
  readonly isAlone: boolean;
  /** It was seen to have started. */
  readonly isReady: boolean;
  /** Until when it may be starting, in milliseconds since the epoch. */
  readonly readyBy: number;
  /** A turn has begun and not ended. */
  readonly isOpen: boolean;
  /** When a turn was last seen to have begun, in milliseconds since the epoch. */
  readonly openAt?: number | undefined;
  /** The last state that was seen, when it began (milliseconds since the epoch), and how many turns began and ended. */
  readonly state: AgentState;
  readonly since: number;
  readonly seq: number;
  /** How many of these it had told of itself. */
  readonly turns?: number | undefined;
  /** How many were seen, and not told of so far. */
  readonly untold?: number | undefined;
  /** When the last news of it were seen, in milliseconds since the epoch. */
  readonly seenAt?: number | undefined;
  /** How it was started; undefined where we have not started it. */
  readonly launch?: LaunchRecord | undefined;
  /** Made for it, and there still. */
  readonly worktree?: AgentWorktree | undefined;
  /** Its program has ended by itself, with status 0. */
  readonly finished?: true | undefined;
  /** Somebody has ended it for good, or is at it, or was when that was broken off. */
  readonly unwanted?: true | undefined;
  /** The record came back from a copy and no look has proven it: the agent may have been ended, or started anew, since. */
  readonly isFromCopy?: true | undefined;
}

/** Whether nothing but a call for this very agent starts it again. */
export const staysEnded = ({ finished, unwanted, isFromCopy }: AgentRecord): boolean =>
  finished === true || unwanted === true || isFromCopy === true;

const records = defineTable<AgentRecord>('agent_records', { version: 1, read: (value) => value as AgentRecord });

/** More than one tmux server can have. */
const MAX_RECORDS = 10_000;

/** No look takes longer: one that seems to be older than this is of a clock that was set back. */
const LATE_MS = 10_000;

/** What one look has shown. */
export interface Seen {
  readonly state: AgentState;
  /** Whether a turn is open. */
  readonly isOpen: boolean;
  /** How many beginnings and ends of turns it has told of; undefined where it tells nothing. */
  readonly turns: number | undefined;
  /** What it calls its conversation; undefined where that is not known. */
  readonly sessionId: string | undefined;
  /** Its program has ended by itself, with status 0. */
  readonly isFinished?: boolean;
  /** Its program still has its pane. */
  readonly isThere?: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface AgentRecords {
  readonly get: (name: string) => Promise<AgentRecord | undefined>;
  /**
   * Drops what is kept of agents that are gone, but of those that can be restored, or whose worktree is there still.
   * @param stay names of those that are not
   * @param before milliseconds since the epoch: what began later may be about to be put on record
   * @returns folders of those that stay
   */
  readonly prune: (stay: ReadonlySet<string>, before: number) => Promise<ReadonlySet<string>>;
  /** Those of all these names that there are, as they were at one moment. */
  readonly of: (names: readonly string[]) => Promise<ReadonlyMap<string, AgentRecord>>;
  readonly tellVersion: (name: string, panePid: number, version: string) => Promise<void>;
  /** What its CLI calls the conversation that is to go on when it is started again. */
  readonly tellConversation: (name: string, sessionId: string) => Promise<void>;
  /** An agent as it is or was, also one of another life of its server. */
  readonly agent: (name: string) => Promise<ManagedAgent | undefined>;
  /** Whether somebody is about to end it for good: nothing starts it again then. @returns whether that is new */
  readonly setUnwanted: (name: string, panePid: number, isUnwanted: boolean) => Promise<boolean>;
  /**
   * Takes the worktree out of a record, or puts it back, so that only one process at a time can remove it.
   * @returns what was there
   */
  readonly exchangeWorktree: (
    name: string,
    panePid: number,
    worktree: AgentWorktree | undefined,
  ) => Promise<AgentWorktree | undefined>;
  /** Drops what is kept of an agent that is gone, but its worktree where that is there still. */
  readonly drop: (name: string, panePid: number) => Promise<void>;
  /** Keeps what was seen of the agent of a record, and counts turns. @returns its record as it is then */
  readonly saw: (name: string, record: AgentRecord, seen: Seen) => Promise<AgentRecord>;
}

/**
 * How many beginnings and ends are new. What it tells counts turns that were over between two looks; what is seen counts
 * those that it does not tell of.
 */
function newTurns({ untold = 0, ...old }: AgentRecord, { isOpen, turns = 0 }: Seen): { more: number; untold: number } {
  const told = Math.max(0, turns - (old.turns ?? 0));
  const isChanged = isOpen !== old.isOpen;
  // They take turns. Where what is told does not go with what is seen, one of it is what was seen before.
  const late = untold > 0 && (told % 2 === 1) !== isChanged ? 1 : 0;
  const more = Math.max(told - late, isChanged ? 1 : 0);
  return { more, untold: Math.max(0, untold + more - told) };
}

function afterNews(old: AgentRecord, news: Seen): AgentRecord {
  const { state, isOpen, turns = old.turns, sessionId = old.sessionId, at, isFinished = false, isThere = false } = news;
  const { more, untold } = newTurns(old, news);
  return {
    ...old,
    ...{ turns, untold, sessionId, state, isOpen },
    isReady: old.isReady || (state !== 'starting' && state !== 'unknown'),
    since: old.state === state ? old.since : at,
    openAt: isOpen && !old.isOpen ? at : old.openAt,
    seq: old.seq + more,
    seenAt: at,
    ...(isFinished ? { finished: true as const } : {}),
    ...(isThere ? { isFromCopy: undefined } : {}),
  };
}

/** Keeps what a look has shown. @returns the record as it is then */
function keepSeen(tx: Transaction, name: string, record: AgentRecord, news: Seen): AgentRecord {
  const old = tx.get(records, name);
  if (old?.panePid !== record.panePid) return record;
  // Another process has looked later, and has told so first.
  const late = (old.seenAt ?? 0) - news.at;
  if (late > 0 && late < LATE_MS) return old;
  const seen = afterNews(old, news);
  tx.put(records, name, seen);
  return seen;
}

/** In the transaction that makes it an agent: neither is there without the other. */
export function putRecord(tx: Transaction, agent: ManagedAgent, record: AgentRecord): void {
  tx.put(records, agent.name, record);
  if (record.launch === undefined) dropRestorable(tx, agent.name);
  else putRestorable(tx, agent);
}

/** What is kept of an agent, in a transaction of somebody's. */
export const recordOf = (view: Reading, name: string): AgentRecord | undefined => view.get(records, name);

/** @param store the state of one tmux server */
export function createAgentRecords(store: StateStore): AgentRecords {
  return {
    get: (name) => store.read((view) => view.get(records, name)),
    prune: (stay, before) =>
      store.transact((tx) => {
        const folders = new Set<string>();
        const restorable = loseRestorable(tx, stay);
        for (const { key, row } of tx.list(records, { limit: MAX_RECORDS })) {
          const isGone = !stay.has(key) && !restorable.has(key) && row.since < before && row.worktree === undefined;
          if (isGone) tx.delete(records, key);
          else if (row.folder !== undefined) folders.add(row.folder);
        }
        return folders;
      }),
    of: (names) =>
      store.read((view) => {
        const rows = names.map((name) => [name, view.get(records, name)] as const);
        return new Map(rows.flatMap(([name, row]) => (row === undefined ? [] : [[name, row]])));
      }),
    tellVersion: (name, panePid, version) =>
      store.transact((tx) => {
        const old = tx.get(records, name);
        if (old?.panePid === panePid) tx.put(records, name, { ...old, version });
      }),
    tellConversation: (name, sessionId) =>
      store.transact((tx) => {
        const old = tx.get(records, name);
        if (old !== undefined) tx.put(records, name, { ...old, sessionId });
      }),
    agent: (name) => store.read((view) => agentOfAnyLife(view, name)),
    setUnwanted: (name, panePid, isUnwanted) =>
      store.transact((tx) => {
        const old = tx.get(records, name);
        if (old?.panePid !== panePid || (old.unwanted === true) === isUnwanted) return false;
        tx.put(records, name, { ...old, unwanted: isUnwanted || undefined });
        return true;
      }),
    exchangeWorktree: (name, panePid, worktree) =>
      store.transact((tx) => {
        const old = tx.get(records, name);
        if (old?.panePid !== panePid) return undefined;
        tx.put(records, name, { ...old, worktree });
        return old.worktree;
      }),
    drop: (name, panePid) =>
      store.transact((tx) => {
        const old = tx.get(records, name);
        if (old?.panePid !== panePid) return;
        dropRestorable(tx, name);
        if (old.worktree === undefined) tx.delete(records, name);
        else tx.put(records, name, { ...old, launch: undefined, folder: undefined });
      }),
    saw: (name, record, news) => store.transact((tx) => keepSeen(tx, name, record, news)),
  };
}

/** What only the programs of one pane get to know, and what is kept of it. */
export function newToken(): { readonly token: string; readonly digest: string } {
  const token = randomBytes(32).toString('hex');
  return { token, digest: createHash('sha256').update(token).digest('hex') };
}
