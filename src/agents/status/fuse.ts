import { type AgentState, EVIDENCE_SOURCES, type EvidenceSource, isEndedState } from '../../kernel/agent-words.js';
import type { Evidence, Verdict } from './evidence.js';

/** How far a source is believed while it is fresh. */
const TRUST: Readonly<Record<EvidenceSource, number>> = {
  process: 1,
  api: 0.95,
  registry: 0.95,
  hook: 0.9,
  title: 0.9,
  screen: 0.75,
  activity: 0.3,
};

/**
 * After so long without a sign a source is worth half as much. What the system and the screen show is looked at anew each
 * time; a hook tells nothing of what it was not called for, so it wears off.
 */
const HALF_LIFE_MS: Readonly<Partial<Record<EvidenceSource, number>>> = { hook: 300_000, activity: 5000 };

/** That a message was taken just now is surer than files, titles and screens, which come after it. */
const FRESH_MS = 1500;
const FRESH = 0.96;
/**
 * That a turn goes on, or is over, is not known by hooks: an interrupt fires none, and another hook may let a turn go on
 * that has told of its end. Less than a screen that says otherwise.
 */
const TURN_HOOK = 0.72;

/** Below this nothing is said: a guess helps nobody. */
const LEAST = 0.25;
/** What a contradiction of an equally sure source takes. */
const DOUBT = 0.4;

/** An agent that is stopped or in trouble says so on its screen, while what counts turns only knows that one is open. */
const TROUBLE: readonly AgentState[] = ['error', 'rate_limited', 'waiting_permission', 'waiting_input'];
const TELLS_TROUBLE: readonly EvidenceSource[] = ['screen', 'hook'];
const OPEN_TURN: readonly EvidenceSource[] = ['api', 'registry', 'hook', 'title'];
const FAILED: readonly AgentState[] = ['error', 'rate_limited'];

function trustIn({ source, says, at }: Evidence, now: number): number {
  if (source !== 'hook') return TRUST[source];
  if (FAILED.includes(says)) return TRUST.hook;
  return says === 'working' && now - at <= FRESH_MS ? FRESH : TURN_HOOK;
}

function weightOf(item: Evidence, now: number): number {
  const halfLife = HALF_LIFE_MS[item.source];
  const trust = trustIn(item, now);
  return halfLife === undefined ? trust : trust * 0.5 ** (Math.max(0, now - item.at) / halfLife);
}

/** What the agent's own file has said after a hook was called settles what the hook has told. */
function isOutdated(item: Evidence, all: readonly Evidence[]): boolean {
  // A turn that has failed is over: that the agent is idle then is no news.
  if (item.source !== 'hook' || FAILED.includes(item.says)) return false;
  return all.some(({ source, since }) => source === 'registry' && since !== undefined && since > item.at);
}

/**
 * What a source says that counts turns does not contradict trouble on the screen, but explains it: a turn is open while
 * it is retried or waits, and over when it has failed.
 */
const explains = (turn: Evidence, trouble: Evidence): boolean =>
  OPEN_TURN.includes(turn.source) &&
  ((turn.says === 'working' && TROUBLE.includes(trouble.says)) ||
    (turn.says === 'idle' && FAILED.includes(trouble.says)) ||
    (turn.says === 'error' && trouble.says === 'rate_limited') ||
    // A title knows of turns, and not of what is asked before the first one.
    (turn.says === 'idle' && turn.source === 'title' && TROUBLE.includes(trouble.says)));

/**
 * What all evidence together says of an agent. Process facts decide alone; else the surest fresh source wins, trouble on
 * the screen over an open turn, and what contradicts the winner lowers the confidence.
 * @param now monotonic milliseconds
 */
export function fuse(evidence: readonly Evidence[], now: number): Verdict {
  const known = evidence
    .filter((item) => item.says !== 'unknown' && !isOutdated(item, evidence))
    .map((item) => ({ item, weight: weightOf(item, now) }))
    .sort(
      (a, b) =>
        b.weight - a.weight || EVIDENCE_SOURCES.indexOf(a.item.source) - EVIDENCE_SOURCES.indexOf(b.item.source),
    );
  const ended = known.find(({ item }) => item.source === 'process' && isEndedState(item.says));
  const surest = known[0];
  const trouble = known
    .slice(1)
    .find(({ item, weight }) => weight >= LEAST && TELLS_TROUBLE.includes(item.source) && TROUBLE.includes(item.says));
  const overruled = trouble !== undefined && surest !== undefined && explains(surest.item, trouble.item);
  const winner = ended ?? (overruled ? trouble : surest);
  if (winner === undefined || winner.weight < LEAST)
    return { state: 'unknown', confidence: 0, winner: undefined, runnerUp: surest?.item };
  const against = known.find(({ item }) => item.says !== winner.item.says);
  const contradicts = against !== undefined && ended === undefined && !explains(against.item, winner.item);
  const agreeing = known.filter(({ item }) => item.says === winner.item.says && item !== winner.item);
  const sure = 1 - agreeing.reduce((doubt, { weight }) => doubt * (1 - weight), 1 - winner.weight);
  const confidence = contradicts ? sure * (1 - DOUBT * Math.min(1, against.weight / winner.weight)) : sure;
  return {
    ...{ state: winner.item.says, winner: winner.item, runnerUp: against?.item },
    confidence: Math.round(confidence * 100) / 100,
  };
}
