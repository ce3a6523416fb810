import type { AgentRecord } from '../agents/records.js';
import { isObject } from '../kernel/json.js';
import { DAY_MS } from '../kernel/clock.js';
import type { Merge, RestoreRule, RestoreRules } from '../store/restoring.js';

/** Counts and cooldowns go on; after damage an old count is nearer to the truth than none. */
const COUNT: RestoreRule = { byHand: 'now', afterDamage: 'saved' };
/** What would let somebody do something again: what was said is over. */
const NEVER: RestoreRule = { byHand: 'now', afterDamage: 'now' };
/** What is there now is right; what was lost comes back. */
const MISSING: RestoreRule = { byHand: 'both', afterDamage: 'both' };

/** Revocations and containments of both times hold; grants are only those of now. */
const stricter: Merge = (saved, now, shiftMs) => {
  if (!isObject(saved)) return undefined;
  const today = isObject(now) ? now : {};
  const until = (value: unknown, shift: number): number[] => (typeof value === 'number' ? [value + shift] : []);
  const ends = [...until(saved.containedUntil, shiftMs), ...until(today.containedUntil, 0)];
  if (saved.revoked !== true && saved.containedUntil === undefined) return now;
  return {
    ...today,
    ...(saved.revoked === true ? { revoked: true } : {}),
    ...(ends.length === 0 ? {} : { containedUntil: Math.max(...ends) }),
  };
};

const OPEN = ['queued', 'held', 'sending'];

/** Nobody knows whether a message that waited then was delivered since, so nobody sends it again. */
const settled: Merge = (saved, now) => {
  if (now !== undefined || !isObject(saved)) return now;
  const reason = 'the state went back to a snapshot in which it had not been delivered yet';
  return OPEN.includes(String(saved.state)) ? { ...saved, state: 'unknown', reason } : saved;
};

const FROM_COPY: Pick<AgentRecord, 'isFromCopy'> = { isFromCopy: true };

/** Nobody knows whether an agent was ended, or started anew, since: nothing starts it again by itself. */
const doubted: Merge = (saved, now) => (now === undefined && isObject(saved) ? { ...saved, ...FROM_COPY } : now);

const larger: Merge = (saved, now) => Math.max(Number(saved), typeof now === 'number' ? now : 0);

/** As long as messages that are settled are kept. */
const MESSAGES_MS = 7 * DAY_MS;

/**
 * What holds for the user. Nothing gets looser by going back: not the lockdown, not trust, not limits; and the end of the
 * audit log is never taken from a snapshot: a lost one is found again in the log itself, which records that.
 */
const USER_RULES: RestoreRules = {
  tables: {
    audit: NEVER,
    approvals: NEVER,
    approval_grants: NEVER,
    // One that has ended since comes back after damage: nobody can tell, and ending it takes a person.
    lockdown: COUNT,
    standings: { byHand: stricter, afterDamage: stricter },
    rate_scopes: COUNT,
    rate_hits: COUNT,
    budgets: COUNT,
    unknown_tools: COUNT,
    probes: NEVER,
    alerts: COUNT,
    alert_windows: COUNT,
    habits: COUNT,
    counter_totals: MISSING,
    counter_hours: MISSING,
  },
  others: NEVER,
};

/** What belongs to one tmux server. Who is an agent, and who made what, is decided by these rows: none goes. */
const SERVER_RULES: RestoreRules = {
  tables: {
    agents: MISSING,
    agent_keys: MISSING,
    agent_records: { byHand: doubted, afterDamage: doubted },
    creations: MISSING,
    creation_panes: MISSING,
    messages: { byHand: settled, afterDamage: settled, forMs: MESSAGES_MS },
    message_inbox: { ...MISSING, forMs: MESSAGES_MS },
    message_outbox: NEVER,
    message_orders: { byHand: larger, afterDamage: larger },
    message_keys: MISSING,
    message_leases: NEVER,
    // Who watches goes on from what it sees now, and events from the last number that was given.
    // What was told of agents was told; the cursor of what is to be told stays with the events.
    agent_done: NEVER,
    alert_agents: NEVER,
    alert_teams: NEVER,
    notices: NEVER,
    notice_leads: NEVER,
    notice_stamps: NEVER,
    notice_head: { byHand: larger, afterDamage: larger },
    agents_to_restore: MISSING,
    // A try that was made counts; after damage an old count is nearer to the truth than none.
    monitor_recovery: COUNT,
    monitor_accounts: COUNT,
    account_blocks: COUNT,
    // What was about to be sent again may have been sent since.
    limited_agents: NEVER,
    limit_prompts: COUNT,
    agent_usage: NEVER,
    monitor_background: NEVER,
    monitor_lease: NEVER,
    monitor_told: NEVER,
    monitor_events: { byHand: 'now', afterDamage: 'saved' },
    monitor_event_head: { byHand: larger, afterDamage: larger },
  },
  others: { byHand: 'saved', afterDamage: 'saved' },
};

/** @param name of the database, without its folder */
export const rulesFor = (name: string): RestoreRules => (name === 'user.db' ? USER_RULES : SERVER_RULES);
