import type { ManagedAgents } from '../store/managed-agents.js';
import { defineTable, type StateStore } from '../store/store.js';
import type { AgentRecords } from './records.js';

/** It was said that an agent has done its work, and until when that holds. */
export interface DoneMark {
  /** First process of its pane: another one is another agent. */
  readonly panePid: number;
  /** The `seq` of its last turn that belongs to that work: with a greater one it is at something else. */
  readonly until: number;
}

const marks = defineTable<DoneMark>('agent_done', { version: 1, read: (value) => value as DoneMark });
const KEPT_MS = 30 * 86_400_000;
const MAX_MARKS = 10_000;

/** Which agents of a tmux server are done: that such a one is idle is no news. */
export interface DoneMarks {
  readonly mark: (agent: string, mark: DoneMark) => Promise<void>;
  /** It was given something to do. */
  readonly clear: (agent: string) => Promise<void>;
  readonly all: () => Promise<ReadonlyMap<string, DoneMark>>;
}

export const isDone = (mark: DoneMark | undefined, panePid: number, seq: number): boolean =>
  mark?.panePid === panePid && seq <= mark.until;

/** An agent says of itself that it has done its work. It does so within a turn, whose beginning may not have been seen yet. */
export async function markDone(
  { rows, records, done }: { readonly rows: ManagedAgents; readonly records: AgentRecords; readonly done: DoneMarks },
  name: string,
): Promise<void> {
  const [own, kept] = await Promise.all([rows.byName(name), records.get(name)]);
  if (own === undefined) return;
  const { seq, isOpen } = kept?.panePid === own.panePid ? kept : { seq: 0, isOpen: false };
  await done.mark(name, { panePid: own.panePid, until: seq + (isOpen ? 1 : 2) });
}

/** @param store the state of that server */
export function createDoneMarks(store: StateStore): DoneMarks {
  return {
    mark: (agent, mark) =>
      store.transact((tx) => {
        tx.put(marks, agent, mark, { expiresAt: tx.now.mono + KEPT_MS });
      }),
    clear: async (agent) => {
      // Messages are many and marks are few: most find none, and write nothing.
      if ((await store.read((view) => view.get(marks, agent))) === undefined) return;
      await store.transact((tx) => {
        tx.delete(marks, agent);
      });
    },
    all: () => store.read((view) => new Map(view.list(marks, { limit: MAX_MARKS }).map(({ key, row }) => [key, row]))),
  };
}
