import { accountOf } from '../agents/account.js';
import {
  type AccountBlock,
  blockOf,
  limitedOf,
  type LimitedAgent,
  putBlock,
  putLimited,
} from '../agents/account-blocks.js';
import { resetTimeIn } from '../agents/status/reset-time.js';
import type { Transaction } from '../store/store.js';
import type { AgentView } from './fleet.js';

const MINUTE_MS = 60_000;
/** Where no end is told, and where what was told has not held: each time longer. */
export const BACK_OFF_MS = [5, 10, 20, 40, 60].map((minutes) => minutes * MINUTE_MS);
/** A week is the longest that plans are known to have; what is beyond was read wrong. */
export const LONGEST_MS = 8 * 86_400_000;
/** Who is limited again so soon after a block was limited all the time. */
const AGAIN_MS = 15 * MINUTE_MS;
/** Agents of one account go on one after the other, within this and within a tenth of the time they have waited. */
const SPREAD_MS = MINUTE_MS;
const SPREAD_PART = 10;

/** Whether a limit is what the agent itself tells, and no text of a file that it shows. */
export function isOwnLimit({ look: { evidence, told }, facts }: AgentView): boolean {
  if (facts.state !== 'rate_limited') return false;
  const own = evidence.some(({ source, says }) => says === 'rate_limited' && source !== 'screen' && source !== 'title');
  // A turn that by its own word has ended well was cut by nothing, whatever its last words look like.
  return own || told?.event !== 'finished';
}

/**
 * When the limit ends by what the agent says. What stands there may be old: it was said when it was first seen, and
 * "3pm" is none of the days after that.
 * @returns milliseconds since the epoch
 */
export function toldReset({ look: { text, told }, facts }: AgentView, now: number): number | undefined {
  if (text === undefined) return undefined;
  const said = told?.event === 'failed' ? told.at : facts.since;
  const reset = resetTimeIn(text, Math.min(now, said), Intl.DateTimeFormat().resolvedOptions().timeZone);
  // What is told to the minute may be anywhere in it.
  return reset !== undefined && reset % MINUTE_MS === 0 ? reset + MINUTE_MS - 1 : reset;
}

interface Wait {
  readonly until: number;
  readonly isGuess: boolean;
}

/** One more agent tells of the limit: what is told is better than a guess, and the later end is the safe one. */
function longer(old: AccountBlock, told: number | undefined, now: number): Wait {
  if (told === undefined) return old;
  const end = now + told;
  // That it has not held is known by then: the same told once more ends nothing sooner.
  if (old.isGuess && old.strikes === 0) return { until: end, isGuess: false };
  return { until: Math.max(old.until, end), isGuess: old.isGuess && end < old.until };
}

function anew(told: number | undefined, strikes: number, now: number): Wait {
  const backOff = BACK_OFF_MS[Math.min(strikes, BACK_OFF_MS.length - 1)] ?? 0;
  const least = strikes === 0 && told !== undefined ? 0 : backOff;
  return { until: now + Math.max(told ?? 0, least), isGuess: told === undefined || told < least };
}

/** Blocks an account, or changes its block by what one more of its agents tells. */
function blockAccount(tx: Transaction, view: AgentView): AccountBlock {
  const { mono, wall } = tx.now;
  const account = accountOf(view.record);
  const reset = toldReset(view, wall);
  const told = reset === undefined ? undefined : Math.min(LONGEST_MS, Math.max(0, reset - wall));
  const old = blockOf(tx, account.key);
  if (old !== undefined && mono < old.until) {
    const wait = longer(old, told, mono);
    const block = { ...old, sinceWall: wall, until: wait.until, isGuess: wait.isGuess, isPartial: undefined };
    putBlock(tx, block);
    return block;
  }
  const strikes = old !== undefined && mono - old.until < AGAIN_MS ? old.strikes + 1 : 0;
  const wait = anew(told, strikes, mono);
  const spreadMs = Math.min(SPREAD_MS, (wait.until - mono) / SPREAD_PART);
  // Two of one account never begin at the same moment: a block ends before the next one begins.
  const id = String(Math.round(mono));
  const block = {
    account,
    id,
    since: mono,
    sinceWall: wall,
    until: wait.until,
    isGuess: wait.isGuess,
    strikes,
    spreadMs,
  };
  putBlock(tx, block);
  return block;
}

/** So long after it has taken what it was to go on with it is limited still: that turn was cut too. */
const STILL_MS = 30_000;

/** Whether it is a limit that nothing was done about so far. */
export function isNewLimit(row: LimitedAgent | undefined, { record, agent }: AgentView, now: number): boolean {
  if (row?.panePid !== agent.panePid) return true;
  // What it goes on with is being sent.
  if (row.stage === 'issuing' || row.stage === 'issued') return false;
  return record.seq > row.endSeq || (row.stage === 'done' && row.isSent === true && now - row.at >= STILL_MS);
}

/** What had begun the turn that was cut. */
export type Begun = Pick<LimitedAgent, 'source' | 'root'>;

/**
 * Puts on record that the turn of an agent was cut by a limit.
 * @returns undefined where that was on record
 */
export function putLimit(tx: Transaction, view: AgentView, begun: Begun): AccountBlock | undefined {
  const { agent, record, isOpen } = view;
  if (!isNewLimit(limitedOf(tx, agent.name), view, tx.now.mono)) return undefined;
  const block = blockAccount(tx, view);
  const endSeq = record.seq + ((isOpen ?? record.isOpen) ? 1 : 0);
  const { key } = block.account;
  const row: LimitedAgent = {
    ...begun,
    account: key,
    panePid: agent.panePid,
    endSeq,
    stage: 'waiting',
    at: tx.now.mono,
  };
  putLimited(tx, agent.name, row, block.until);
  return block;
}
