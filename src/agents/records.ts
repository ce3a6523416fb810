import { createHash, randomBytes } from 'node:crypto';
import type { AgentState } from '../providers/state.js';
import { defineTable, type StateStore, type Transaction } from '../store/store.js';

/** What is kept of an agent beside what decides who it is (store/managed-agents). */
export interface AgentRecord {
  /** Id of its provider. */
  readonly provider: string;
  /** Of the CLI; undefined where it does not tell. */
  readonly version?: string | undefined;
  /** What its conversation is called, where we chose that. */
  readonly sessionId?: string | undefined;
  /** Home of the CLI, where it keeps files of its own. */
  readonly home?: string | undefined;
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
  /** The last state that was seen, when it began (milliseconds since the epoch), and how many turns began and ended. */
  readonly state: AgentState;
  readonly since: number;
  readonly seq: number;
}

const records = defineTable<AgentRecord>('agent_records', { version: 1, read: (value) => value as AgentRecord });

/** What one look has shown. */
export interface Seen {
  readonly state: AgentState;
  /** Whether a turn is open. */
  readonly isOpen: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface AgentRecords {
  readonly get: (name: string) => Promise<AgentRecord | undefined>;
  /** Those of all these names that there are, as they were at one moment. */
  readonly of: (names: readonly string[]) => Promise<ReadonlyMap<string, AgentRecord>>;
  readonly tellVersion: (name: string, panePid: number, version: string) => Promise<void>;
  /** Keeps what was seen, and counts turns. @returns the record as it is then */
  readonly saw: (name: string, panePid: number, seen: Seen) => Promise<AgentRecord | undefined>;
}

/** In the transaction that makes it an agent: neither is there without the other. */
export function putRecord(tx: Transaction, name: string, record: AgentRecord): void {
  tx.put(records, name, record);
}

/** @param store the state of one tmux server */
export function createAgentRecords(store: StateStore): AgentRecords {
  return {
    get: (name) => store.read((view) => view.get(records, name)),
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
    saw: (name, panePid, { state, isOpen, at }) =>
      store.transact((tx) => {
        const old = tx.get(records, name);
        const turns = isOpen === old?.isOpen ? 0 : 1;
        if (old?.panePid !== panePid || (old.state === state && turns === 0)) return old;
        const isReady = old.isReady || (state !== 'starting' && state !== 'unknown');
        const since = old.state === state ? old.since : at;
        const seen = { ...old, state, since, isReady, isOpen, seq: old.seq + turns };
        tx.put(records, name, seen);
        return seen;
      }),
  };
}

/** What only the programs of one pane get to know, and what is kept of it. */
export function newToken(): { readonly token: string; readonly digest: string } {
  const token = randomBytes(32).toString('hex');
  return { token, digest: createHash('sha256').update(token).digest('hex') };
}
