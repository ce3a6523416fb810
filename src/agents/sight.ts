import { isEndedState } from '../kernel/agent-words.js';
import type { Provider } from '../providers/provider.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { PaneRow } from '../tmux/listing.js';
import { type AgentSources, type LookSources, observe, type Observed } from './service.js';

/** An agent as one look has shown it, to whoever is about to do something to it. */
export interface Sight extends Observed {
  readonly agent: ManagedAgent;
  /** Undefined where it is none that there is now. */
  readonly provider: Provider | undefined;
  /** Its pane, where the program that was started still has it. */
  readonly pane: PaneRow | undefined;
}

export async function see(sources: Pick<AgentSources, keyof LookSources>, agent: ManagedAgent): Promise<Sight> {
  const seen = await observe(sources, agent, await sources.tmux.list());
  const provider = (await sources.providers()).byId(seen.record.provider);
  const pane = seen.found?.pane;
  return { ...seen, agent, provider, pane: pane?.pid === agent.panePid ? pane : undefined };
}

/** The program that was started runs no more; the pane may still be there. */
export const isEnded = ({ facts, pane }: Sight): boolean => pane === undefined || isEndedState(facts.state);
