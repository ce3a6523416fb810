import type { AgentState } from '../../kernel/agent-words.js';
import type { Provider } from '../../providers/provider.js';
import type { Listing, PaneRow } from '../../tmux/listing.js';
import type { ManagedAgent } from '../../store/managed-agents.js';
import type { Look } from '../look.js';
import type { AgentRecord } from '../records.js';
import { type AgentFacts, findPane, type LookSources, observe } from '../service.js';
import { holds } from './composer.js';
import type { Message, MessageState } from './messages.js';
import { packFor } from '../../providers/pack.js';

/** An agent as one look has shown it to who is about to write to it. */
export interface Sight {
  readonly agent: ManagedAgent;
  readonly provider: Provider | undefined;
  readonly record: AgentRecord;
  readonly facts: AgentFacts;
  readonly look: Look;
  /** Undefined when it is gone. */
  readonly pane: PaneRow | undefined;
  readonly session: Listing['sessions'][number] | undefined;
}

export async function see(sources: LookSources, agent: ManagedAgent): Promise<Sight> {
  const listing = await sources.tmux.list();
  const found = findPane(listing, agent.pane, agent.server.pid);
  const seen = await observe(sources, agent, listing);
  const provider = (await sources.providers()).byId(seen.record.provider);
  return { agent, provider, ...seen, pane: found?.pane, session: found?.session };
}

/** Why a message is not delivered now. */
export interface Obstacle {
  readonly state: Extract<MessageState, 'queued' | 'held' | 'refused'>;
  readonly reason: string;
}

const queued = (reason: string): Obstacle => ({ state: 'queued', reason });
const held = (reason: string): Obstacle => ({ state: 'held', reason });
const refused = (reason: string): Obstacle => ({ state: 'refused', reason });

const ASKING: readonly AgentState[] = ['waiting_permission', 'waiting_input'];
/** Less sure than this is a guess. A screen that is contradicted only by an old hook is surer: Escape fires none. */
const SURE = 0.4;

/** What can be known of the pane alone. */
function atPane({ pane, agent, facts }: Sight): Obstacle | undefined {
  if (pane === undefined) return refused('pane_gone');
  if (pane.pid !== agent.panePid) return refused('foreign_process');
  if (pane.dead || facts.state === 'exited' || facts.state === 'crashed') return refused('agent_ended');
  if (pane.inputOff) return held('input_off');
  if (pane.synchronized) return held('synchronized');
  return pane.mode === '' ? undefined : held('copy_mode');
}

function atComposer({ look, provider, record }: Sight, message: Message): Obstacle | undefined {
  if (look.draft === undefined) return held('no_composer');
  if (look.draft === '') return undefined;
  const { pack } = packFor(provider?.packs ?? [], record.version);
  const isOurs = message.isTyped === true && pack !== undefined && holds(look, message.text, pack);
  return isOurs ? undefined : held('draft');
}

/** A CLI shows a composer before it takes what is typed there. */
const STARTING_MS = 3000;

function inState({ facts, look, agent, record }: Sight, { mode }: Message, now: number): Obstacle | undefined {
  const { state, confidence } = facts;
  const isNew = record.isAlone && now - agent.since < STARTING_MS;
  if (state === 'starting' || isNew) return queued('starting');
  if (look.dialog !== undefined || ASKING.includes(state)) return held('dialog');
  if (state === 'unknown' || confidence < SURE) return held('unknown_state');
  if (state === 'rate_limited') return held('rate_limited');
  const isBusy = state === 'working' || look.evidence.some(({ says }) => says === 'working' && state === 'error');
  return isBusy && mode !== 'now' ? queued('working') : undefined;
}

/** What stands in the way of a message; undefined: it can be written now. @param now milliseconds since the epoch */
export function obstacleTo(sight: Sight, message: Message, now: number): Obstacle | undefined {
  const { provider } = sight;
  if (provider === undefined) return refused('unknown_provider');
  const pane = atPane(sight);
  if (pane !== undefined) return pane;
  if (provider.kind === 'shell') return sight.facts.state === 'working' ? queued('working') : undefined;
  if (provider.packs.length === 0) return refused('no_pack');
  return inState(sight, message, now) ?? atComposer(sight, message);
}
