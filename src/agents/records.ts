import { createHash, randomBytes } from 'node:crypto';
import type { AgentState } from '../providers/state.js';
import { defineTable, type StateStore } from '../store/store.js';

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
  /** The last state that was seen, when it began (milliseconds since the epoch), and how many turns began and ended. */
  readonly state: AgentState;
  readonly since: number;
  readonly seq: number;
}

const records = defineTable<AgentRecord>('agent_records', { version: 1, read: (value) => value as AgentRecord });

const TURN: readonly AgentState[] = ['working', 'waiting_permission', 'rate_limited', 'error'];
/** A turn is open from its first work on until the agent can take the next message. */
const isOpen = (state: AgentState): boolean => TURN.includes(state);

/** @returns how many turns began or ended between two states that were seen */
function turnsBetween(before: AgentState, after: AgentState): number {
  if (after === 'unknown' || after === 'starting') return 0;
  return isOpen(before) === isOpen(after) ? 0 : 1;
}

export interface AgentRecords {
  readonly put: (name: string, record: AgentRecord) => Promise<void>;
  readonly get: (name: string) => Promise<AgentRecord | undefined>;
  readonly remove: (name: string) => Promise<void>;
  readonly tellVersion: (name: string, panePid: number, version: string) => Promise<void>;
  /** Keeps what was seen, and counts turns. @returns the record as it is then */
  readonly saw: (name: string, panePid: number, state: AgentState, at: number) => Promise<AgentRecord | undefined>;
}

/** @param store the state of one tmux server */
export function createAgentRecords(store: StateStore): AgentRecords {
  return {
    put: (name, record) =>
      store.transact((tx) => {
        tx.put(records, name, record);
      }),
    get: (name) => store.read((view) => view.get(records, name)),
    remove: (name) =>
      store.transact((tx) => {
        tx.delete(records, name);
      }),
    tellVersion: (name, panePid, version) =>
      store.transact((tx) => {
        const old = tx.get(records, name);
        if (old?.panePid === panePid) tx.put(records, name, { ...old, version });
      }),
    saw: (name, panePid, state, at) =>
      store.transact((tx) => {
        const old = tx.get(records, name);
        if (old?.panePid !== panePid || old.state === state) return old;
        const isReady = old.isReady || (state !== 'starting' && state !== 'unknown');
        const seen = { ...old, state, since: at, isReady, seq: old.seq + turnsBetween(old.state, state) };
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
