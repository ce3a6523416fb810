import { type AgentState, isAsking, isEndedState } from '../kernel/agent-words.js';
import type { AgentSources, LookSources, Observed } from '../agents/service.js';
import { findPane, observeAll } from '../agents/service.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { Listing } from '../tmux/listing.js';

/** An agent as it was looked at last. */
export interface AgentView extends Observed {
  readonly agent: ManagedAgent;
  /** When it was looked at, in monotonic milliseconds. */
  readonly at: number;
}

/** Looks at the agents of one tmux server, each as often as there may be something new. */
export interface Fleet {
  /**
   * @param changed ids of panes that may show something new
   * @returns those that were looked at now
   */
  readonly look: (sources: FleetSources, listing: Listing, changed: ReadonlySet<string>) => Promise<readonly AgentView[]>;
  /** All of them, as they were looked at last. */
  readonly agents: () => ReadonlyMap<string, AgentView>;
  /** What is known of its pane may be old. */
  readonly touch: (pane: string) => void;
} // prettier-ignore

export interface FleetSources extends LookSources, Pick<AgentSources, 'rows'> {}

/** How long something new may not show in the pane: files, servers and processes tell too, and evidence grows old. */
const PATIENCE_MS = { moving: 1000, asking: 2000, idle: 3000, ended: 30_000 } as const;

function patience(state: AgentState): number {
  if (isEndedState(state)) return PATIENCE_MS.ended;
  if (isAsking(state)) return PATIENCE_MS.asking;
  return state === 'idle' ? PATIENCE_MS.idle : PATIENCE_MS.moving;
}

/** What a CLI tells of itself stands in an option, which is no output. */
function isTold({ agent, found }: AgentView, listing: Listing): boolean {
  const pane = findPane(listing, agent.pane, agent.server.pid)?.pane;
  return pane?.agentEvent !== found?.pane.agentEvent || pane?.pid !== found?.pane.pid;
}

function isDue(view: AgentView | undefined, agent: ManagedAgent, listing: Listing, changed: ReadonlySet<string>, now: number): boolean {
  if (view?.agent.panePid !== agent.panePid || view.agent.pane !== agent.pane || view.agent.since !== agent.since) return true;
  return changed.has(agent.pane) || isTold(view, listing) || now - view.at >= patience(view.facts.state);
} // prettier-ignore

export function createFleet(): Fleet {
  let views = new Map<string, AgentView>();
  const touched = new Set<string>();
  return {
    look: async (sources, listing, changed) => {
      const server = listing.sessions[0]?.windows[0]?.panes[0]?.server;
      const all = (await sources.rows.list()).filter(
        (row) => row.server.pid === server?.pid && row.server.startedAt === server.startedAt,
      );
      const at = sources.clock.mono();
      const wanted = new Set([...changed, ...touched]);
      touched.clear();
      const due = all.filter((agent) => isDue(views.get(agent.name), agent, listing, wanted, at));
      const observed = await observeAll(sources, due, listing);
      const seen = due.flatMap((agent, index): AgentView[] => {
        const one = observed[index];
        return one === undefined ? [] : [{ ...one, agent, at }];
      });
      const now = new Map(seen.map((view) => [view.agent.name, view]));
      const stay = all.flatMap(({ name }) => now.get(name) ?? views.get(name) ?? []);
      views = new Map(stay.map((view) => [view.agent.name, view]));
      return seen;
    },
    agents: () => views,
    touch: (pane) => {
      touched.add(pane);
    },
  };
} // prettier-ignore
