import { agentByName, type ManagedAgent } from '../store/managed-agents.js';
import { defineTable, type Reading, type Transaction } from '../store/store.js';

/**
 * Agents that we have started and nobody has ended, beyond the life of their tmux server: what they were can be started once
 * more. None of them is an agent that is there.
 */
interface Row {
  readonly agent: ManagedAgent;
  /** It was noticed that its server, or its machine, is gone: from then on it is kept for a while. */
  readonly isLost?: true | undefined;
}

const rows = defineTable<Row>('agents_to_restore', { version: 1, read: (value) => value as Row });
const MAX_ROWS = 10_000;
const KEPT_MS = 7 * 86_400_000;

/** In the transaction that makes it an agent. */
export function putRestorable(tx: Transaction, agent: ManagedAgent): void {
  tx.put(rows, agent.name, { agent });
}

/** In the transaction that ends it for good. */
export function dropRestorable(tx: Transaction, name: string): void {
  tx.delete(rows, name);
}

/** Those that are gone are kept for a while from now on. @param there names of agents that are */
export function loseRestorable(tx: Transaction, there: ReadonlySet<string>): ReadonlySet<string> {
  const all = tx.list(rows, { limit: MAX_ROWS });
  for (const { key, row } of all)
    if (!there.has(key) && row.isLost !== true)
      tx.put(rows, key, { ...row, isLost: true }, { expiresAt: tx.now.mono + KEPT_MS });
  return new Set(all.map(({ key }) => key));
}

/** An agent, also one of another life of its server. */
export const agentOfAnyLife = (view: Reading, name: string): ManagedAgent | undefined =>
  agentByName(view, name) ?? view.get(rows, name)?.agent;

/** One life of a tmux server. */
type Life = ManagedAgent['server'];

/** Those that there were in other lives of the server, or before the machine was started. @param now undefined: none runs */
export function listRestorable(view: Reading, now: Life | undefined): readonly ManagedAgent[] {
  const isOf = ({ server }: ManagedAgent, life: Life): boolean =>
    server.pid === life.pid && server.startedAt === life.startedAt;
  return view
    .list(rows, { limit: MAX_ROWS })
    .map(({ row }) => row.agent)
    .filter((agent) => now === undefined || !isOf(agent, now));
}
