import { defineTable, type Reading, type StateStore, type Transaction } from './store.js';

/** One life of a tmux server: ids mean something only within it. */
interface ServerLife {
  readonly pid: number;
  /** Seconds since the epoch. */
  readonly startedAt: number;
}

/** A pane with an agent. What stands here decides who a caller is; options of tmux only show it. */
export interface ManagedAgent {
  readonly name: string;
  /** What it does, for example `developer`. */
  readonly role: string;
  /** The caller that started or adopted it. */
  readonly owner: string;
  readonly team: string | null;
  /** Id of its pane, such as `%3`. */
  readonly pane: string;
  /** The pane's first process. */
  readonly panePid: number;
  readonly server: ServerLife;
  /** 0 for one that no agent has started. */
  readonly depth: number;
  /** SHA-256 of its token in hexadecimal; null when it has none. */
  readonly token: string | null;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** When what runs in its pane was started last, where that is later. */
  readonly renewed?: number | undefined;
}

interface Row extends ManagedAgent {
  /** Pids mean something only within one start of the machine. */
  readonly boot: string;
}

const agents = defineTable<Row>('agents', { version: 1, read: (value) => value as Row });
/** Names of agents by pane, by processes and by token, so that each is one look. */
const byKey = defineTable<string>('agent_keys', { version: 1, read: (value) => value as string });

const paneKey = (pane: string): string => `pane ${pane}`;
const processKey = (serverPid: number, panePid: number): string => `process ${String(serverPid)}.${String(panePid)}`;
const tokenKey = (digest: string): string => `token ${digest}`;

function keysOf({ pane, panePid, server, token }: ManagedAgent): string[] {
  return [paneKey(pane), processKey(server.pid, panePid), ...(token === null ? [] : [tokenKey(token)])];
}

/** One of this start of the machine. */
export function agentByName(view: Reading, name: string): ManagedAgent | undefined {
  const row = view.get(agents, name);
  return row?.boot === view.now.boot ? row : undefined;
}

function find(view: Reading, key: string): ManagedAgent | undefined {
  const name = view.get(byKey, key);
  return name === undefined ? undefined : agentByName(view, name);
}

/** @param serverPid of its tmux server */
export function agentOfPane(view: Reading, pane: string, serverPid: number): ManagedAgent | undefined {
  const agent = find(view, paneKey(pane));
  return agent?.pane === pane && agent.server.pid === serverPid ? agent : undefined;
}

/** By the first process of its pane and the parent of that, which is the tmux server. */
export function agentOfProcess(view: Reading, serverPid: number, panePid: number): ManagedAgent | undefined {
  const agent = find(view, processKey(serverPid, panePid));
  return agent?.panePid === panePid && agent.server.pid === serverPid ? agent : undefined;
}

/** @param digest as in {@link ManagedAgent.token} */
export function agentOfToken(view: Reading, digest: string): ManagedAgent | undefined {
  const agent = find(view, tokenKey(digest));
  return agent?.token === digest ? agent : undefined;
}

/** More agents than one tmux server can have. */
const MAX_ROWS = 10_000;

function drop(tx: Transaction, agent: ManagedAgent): void {
  tx.delete(agents, agent.name);
  for (const key of keysOf(agent)) if (tx.get(byKey, key) === agent.name) tx.delete(byKey, key);
}

/** What else is decided and kept with a new agent, in one transaction. */
export interface Adding {
  /** Whether the program of a row still runs; without it all do. */
  readonly isLive?: (agent: ManagedAgent) => boolean;
  /** Throws when there may not be one more. @param others live agents of this life of the server */
  readonly check?: (others: readonly ManagedAgent[]) => void;
  readonly also?: (tx: Transaction) => void;
}

/** The agents of one tmux server, for all processes. */
export interface ManagedAgents {
  /**
   * Rows of other lives of the server, and another agent of the same pane, go. A row of the same name and pane is replaced,
   * and so is one of the same name that is not live.
   * @returns false when another pane of this server has an agent of that name
   */
  readonly add: (agent: ManagedAgent, more?: Adding) => Promise<boolean>;
  /** @param only where it is still this one @returns what was there */
  readonly remove: (name: string, only?: Pick<ManagedAgent, 'pane' | 'panePid'>) => Promise<ManagedAgent | undefined>;
  readonly ofPane: (pane: string, serverPid: number) => Promise<ManagedAgent | undefined>;
  readonly byName: (name: string) => Promise<ManagedAgent | undefined>;
  readonly list: () => Promise<readonly ManagedAgent[]>;
}

/** @param store the state of that server */
export function createManagedAgents(store: StateStore): ManagedAgents {
  return {
    add: (agent, { isLive = () => true, check, also } = {}) =>
      store.transact((tx) => {
        const { pid, startedAt } = agent.server;
        const all = tx.list(agents, { limit: MAX_ROWS }).map(({ row }) => row);
        const stays = (row: Row): boolean =>
          row.boot === tx.now.boot &&
          row.server.pid === pid &&
          row.server.startedAt === startedAt &&
          row.pane !== agent.pane;
        const others = all.filter((row) => stays(row) && isLive(row));
        // Before anything goes: what is refused leaves the pane's agent as it is.
        if (others.some(({ name }) => name === agent.name)) return false;
        check?.(others);
        for (const row of all) if (!stays(row) || row.name === agent.name) drop(tx, row);
        tx.put(agents, agent.name, { ...agent, boot: tx.now.boot });
        for (const key of keysOf(agent)) tx.put(byKey, key, agent.name);
        also?.(tx);
        return true;
      }),
    remove: (name, only) =>
      store.transact((tx) => {
        const agent = tx.get(agents, name);
        if (agent === undefined || (only !== undefined && (agent.pane !== only.pane || agent.panePid !== only.panePid)))
          return undefined;
        drop(tx, agent);
        return agent;
      }),
    ofPane: (pane, serverPid) => store.read((view) => agentOfPane(view, pane, serverPid)),
    byName: (name) => store.read((view) => agentByName(view, name)),
    list: () =>
      store.read((view) =>
        view
          .list(agents, { limit: MAX_ROWS })
          .map(({ row }) => row)
          .filter(({ boot }) => boot === view.now.boot),
      ),
  };
}
