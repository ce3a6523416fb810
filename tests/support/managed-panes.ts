import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { serverName } from '../../src/app/state-folder.js';
import { createManagedAgents, type ManagedAgent, type ManagedAgents } from '../../src/store/managed-agents.js';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import type { World } from './world.js';

/** The agents of a world's tmux server, as the program's own state has them. */
export interface ManagedPanes extends ManagedAgents {
  /** Makes a pane of tmux an agent's. @returns the row, its token, and the environment of its programs */
  readonly manage: (
    pane: string,
    more: Partial<ManagedAgent> & Pick<ManagedAgent, 'name'>,
  ) => Promise<{ agent: ManagedAgent; token: string; env: Record<string, string> }>;
  readonly close: () => Promise<void>;
}

export function createManagedPanes(world: World): ManagedPanes {
  const root = join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator');
  let opened: { store: ReturnType<typeof createSqliteStore>; agents: ManagedAgents } | undefined;
  const agents = (): ManagedAgents => {
    if (opened === undefined) {
      // Named by the socket, which is there only once the server runs.
      const folder = join(root, serverName(world.socketPath));
      const store = createSqliteStore({ root, folder, name: 'state.db', timeoutMs: () => 5000 });
      opened = { store, agents: createManagedAgents(store) };
    }
    return opened.agents;
  };
  return {
    add: (agent) => agents().add(agent),
    remove: (name) => agents().remove(name),
    ofPane: (pane, serverPid) => agents().ofPane(pane, serverPid),
    byName: (name) => agents().byName(name),
    list: () => agents().list(),
    manage: async (pane, more) => {
      const facts = await world.tmux('display-message', '-p', '-t', pane, '#{pid} #{start_time} #{pane_pid}');
      const [pid = 0, startedAt = 0, panePid = 0] = facts.split(' ').map(Number);
      const token = randomBytes(32).toString('hex');
      const agent: ManagedAgent = {
        ...{ role: 'developer', owner: 'operator', team: null, pane, panePid, server: { pid, startedAt }, depth: 0 },
        ...{ token: createHash('sha256').update(token).digest('hex'), since: Date.now() },
        ...more,
      };
      if (!(await agents().add(agent))) throw new Error(`there is another agent ${agent.name}`);
      const env = { TMUX: `${world.socketPath},${String(pid)},0`, TMUX_PANE: pane, TMUX_ORC_TOKEN: token };
      return { agent, token, env };
    },
    close: async () => {
      await opened?.store.close();
    },
  };
}
