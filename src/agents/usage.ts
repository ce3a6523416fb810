import type { ManagedAgent } from '../store/managed-agents.js';
import { defineTable, type StateStore, type Transaction } from '../store/store.js';

/** What the processes of an agent use. */
export interface Usage {
  /** Of one core; undefined until it was measured twice. */
  readonly cpuPercent?: number | undefined;
  /** Resident. */
  readonly memoryBytes: number;
}

/** What was measured of an agent. */
export interface MeasuredUsage extends Usage {
  readonly panePid: number;
  /** It was told that it is near its bound, and was not clearly below since. */
  readonly isHigh?: true | undefined;
}

/** All agents at one moment, in one row: it is written every few seconds. */
interface Measured {
  /** On the store's clock. */
  readonly at: number;
  readonly agents: Readonly<Record<string, MeasuredUsage>>;
}

const table = defineTable<Measured>('agent_usage', { version: 1, read: (value) => value as Measured });
const KEY = 'all';

/** What is older is not shown. */
export const SHOWN_MS = 15_000;
const KEPT_MS = 600_000;

export const measuredIn = (tx: Pick<Transaction, 'get'>): Measured | undefined => tx.get(table, KEY);
export function putMeasured(tx: Transaction, agents: Measured['agents']): void {
  tx.put(table, KEY, { at: tx.now.mono, agents }, { expiresAt: tx.now.mono + KEPT_MS });
}

/** What agents use, as a process that watches has measured it. */
export interface AgentUsage {
  /** By name; without what is old, and what was measured of another one of that name. */
  readonly of: (agents: readonly ManagedAgent[]) => Promise<ReadonlyMap<string, Usage>>;
}

/** @param store the state of one tmux server */
export function createAgentUsage(store: StateStore): AgentUsage {
  return {
    of: (agents) =>
      store.read((view) => {
        const measured = measuredIn(view);
        if (measured === undefined || view.now.mono - measured.at > SHOWN_MS) return new Map();
        const own = (agent: ManagedAgent): MeasuredUsage | undefined =>
          Object.hasOwn(measured.agents, agent.name) ? measured.agents[agent.name] : undefined;
        return new Map(
          agents.flatMap((agent) => {
            const usage = own(agent);
            return usage?.panePid === agent.panePid ? [[agent.name, usage] as const] : [];
          }),
        );
      }),
  };
}
