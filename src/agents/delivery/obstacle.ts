import { isAsking } from '../../kernel/agent-words.js';
import { packFor } from '../../providers/pack.js';
import { isEnded, type Sight } from '../sight.js';
import { holds } from './composer.js';
import type { Message, MessageState } from './messages.js';

/** Why a message is not delivered now. */
export interface Obstacle {
  readonly state: Extract<MessageState, 'queued' | 'held' | 'refused'>;
  readonly reason: string;
}

const queued = (reason: string): Obstacle => ({ state: 'queued', reason });
const held = (reason: string): Obstacle => ({ state: 'held', reason });
const refused = (reason: string): Obstacle => ({ state: 'refused', reason });

/** Less sure than this is a guess. A screen that is contradicted only by an old hook is surer: Escape fires none. */
const SURE = 0.4;

/** What can be known of the pane alone. */
function atPane(sight: Sight): Obstacle | undefined {
  const { pane, found } = sight;
  if (pane === undefined) return refused(found === undefined ? 'pane_gone' : 'foreign_process');
  if (pane.dead || isEnded(sight)) return refused('agent_ended');
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

/** What limits have to do with a message. */
export interface Pause {
  /** Its agent's account has used up its limit. */
  readonly isBlocked: boolean;
  /** It is what the agent is to go on with after one. */
  readonly isFirst: boolean;
}

/** What is at work by itself. A hook tells of no end that a limit has made. */
const isAtWork = ({ facts: { state }, look: { evidence } }: Sight): boolean =>
  state === 'working' ||
  evidence.some(
    ({ source, says }) => says === 'working' && (state === 'error' || (state === 'rate_limited' && source !== 'hook')),
  );

/** A CLI shows a composer before it takes what is typed there. */
const STARTING_MS = 3000;

function isNew({ agent, record }: Sight, now: number): boolean {
  const age = now - (agent.renewed ?? agent.since);
  // A clock that was set back makes it seem to begin in the future.
  return record.isAlone && age >= 0 && age < STARTING_MS;
}

/** What stands behind what its screen shows: its limit. The screen may tell of one for long after that has ended. */
const isLimited = ({ facts }: Sight, { isBlocked, isFirst }: Pause): boolean =>
  isBlocked || (facts.state === 'rate_limited' && !isFirst);

function inState(sight: Sight, { mode }: Message, now: number, pause: Pause): Obstacle | undefined {
  const { facts, look } = sight;
  const { state, confidence } = facts;
  if (state === 'starting' || isNew(sight, now)) return queued('starting');
  if (look.dialog !== undefined || isAsking(state)) return held('dialog');
  if (isLimited(sight, pause)) return held('rate_limited');
  if (state === 'unknown' || confidence < SURE) return held('unknown_state');
  return isAtWork(sight) && mode !== 'now' ? queued('working') : undefined;
}

/** What stands in the way of a message; undefined: it can be written now. @param now milliseconds since the epoch */
export function obstacleTo(sight: Sight, message: Message, now: number, pause: Pause): Obstacle | undefined {
  const { provider } = sight;
  if (provider === undefined) return refused('unknown_provider');
  const pane = atPane(sight);
  if (pane !== undefined) return pane;
  if (provider.kind === 'shell') return sight.facts.state === 'working' ? queued('working') : undefined;
  if (provider.packs.length === 0) return refused('no_pack');
  return inState(sight, message, now, pause) ?? atComposer(sight, message);
}
