import { createAgentRecords } from '../../agents/records.js';
import { findPane } from '../../agents/service.js';
import { createManagedAgents, type ManagedAgent } from '../../store/managed-agents.js';
import type { StateStore } from '../../store/store.js';
import type { Listing } from '../../tmux/listing.js';
import type { Tmux } from '../../tmux/tmux.js';
import { targetOf } from './target-of.js';

const hasPane = ({ pane, panePid, server }: ManagedAgent, listing: Listing): boolean =>
  findPane(listing, pane, server.pid)?.pane.pid === panePid;

/** Marks agents as ended for good, or takes that back. @returns those of which that is new */
async function mark(store: StateStore, agents: readonly ManagedAgent[], isUnwanted: boolean): Promise<readonly ManagedAgent[]> {
  const { setUnwanted } = createAgentRecords(store);
  const isNew = await Promise.all(agents.map(({ name, panePid }) => setUnwanted(name, panePid, isUnwanted)));
  return agents.filter((_, index) => isNew[index]);
} // prettier-ignore

/** Marks the agents in a session, window or pane. */
async function markAllIn(kept: () => StateStore, id: string, list: Tmux['list']): Promise<readonly ManagedAgent[]> {
  const store = kept();
  const all = await createManagedAgents(store).list();
  if (all.length === 0) return [];
  const listing = await list();
  const panes = new Set<string>(targetOf(listing, id)?.panes.map((pane) => pane.id));
  return mark(store, all.filter((agent) => panes.has(agent.pane) && hasPane(agent, listing)), true); // prettier-ignore
}

/**
 * The port as a call has it below its gate: agents whose panes it ends were ended by somebody who may do that, and are not
 * started again. What cannot be kept of that hinders no end.
 * @param store of the tmux server
 * @param list bound to no time: what became of an end is looked for after its call too
 */
export function endingAgents(tmux: Tmux, store: () => StateStore, list: Tmux['list']): Tmux {
  const ending = async (id: string, end: () => Promise<void>): Promise<void> => {
    const marked = await markAllIn(store, id, list).catch(() => []);
    /** A window that another session has too goes on there. */
    const takeBack = async (unseen: readonly ManagedAgent[]): Promise<void> => {
      if (marked.length === 0) return;
      const stay = await list().then((now) => marked.filter((agent) => hasPane(agent, now)), () => unseen); // prettier-ignore
      await mark(store(), stay, false).catch(() => undefined);
    };
    try {
      await end();
    } catch (error) {
      await takeBack(marked);
      throw error;
    }
    await takeBack([]);
  };
  return {
    ...tmux,
    killSession: (id) => ending(id, () => tmux.killSession(id)),
    killWindow: (id) => ending(id, () => tmux.killWindow(id)),
    killPane: (id) => ending(id, () => tmux.killPane(id)),
    endingBy: (end) => endingAgents(tmux.endingBy(end), store, list),
  };
}
