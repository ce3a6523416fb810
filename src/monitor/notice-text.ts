import { DAY_MS } from '../kernel/clock.js';
import type { EventKind, MonitorEvent } from './event-log.js';

const HOUR_MS = 3_600_000;
/** Lines of one digest; more would not be read. */
const MAX_LINES = 20;

/** UTC with its date, whatever zone this machine is in. */
export const utc = (at: number): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

const counted = (count: number, unit: string): string => `${String(count)} ${unit}${count === 1 ? '' : 's'}`;
const minutesOf = ({ minutes = 0 }: MonitorEvent): string => counted(minutes, 'minute');

/** Told of what is old: who reads it may not know what time it is. */
function ageOf(ms: number): string {
  if (ms < HOUR_MS) return '';
  const age = ms < DAY_MS ? counted(Math.floor(ms / HOUR_MS), 'hour') : counted(Math.floor(ms / DAY_MS), 'day');
  return `, ${age} ago`;
}

const LINES: Readonly<Partial<Record<EventKind, (event: MonitorEvent) => string>>> = {
  idle: (event) => `has been idle for ${minutesOf(event)}. read_agent gives its answer, send_message gives it work.`,
  crashed: () => 'has crashed. get_agent_status tells more, restart_agent starts it again.',
  exited: () => 'has ended. restart_agent starts it again, kill_agent frees its name.',
  waiting: (event) =>
    `waits for an answer${event.minutes === undefined ? '' : `, for ${minutesOf(event)} now`}. get_agent_status shows the question, answer_prompt answers it.`,
  rate_limited: ({ resetsAt }) =>
    `is at the limit of its account${resetsAt === undefined ? '' : ` until ${utc(resetsAt)}`}. What is sent to it waits.`,
  error: () => 'shows an error. get_agent_status tells which.',
  missing: () => 'is gone with its pane, and its end was not seen. restart_agent starts it again, kill_agent frees its name.',
  recovered: () => 'is back.',
  restarted: () => 'was restarted. get_agent_status tells what it does.',
  gave_up: () => 'does not stay up; nobody restarts it any more. restart_agent does, once you know why.',
  memory: ({ bytes }) =>
    `uses much memory${bytes === undefined ? '' : ` (${String(Math.round(bytes / 1_048_576))} MB)`}. restart_agent frees it.`,
  team_idle: (event) => `has been idle for ${minutesOf(event)}: none of its agents works. send_message gives them work.`,
}; // prettier-ignore

/** Kinds that somebody is told of. */
export const TOLD_KINDS: ReadonlySet<EventKind> = new Set(Object.keys(LINES) as EventKind[]);

const lineOf = (event: MonitorEvent, now: number): string => {
  const who = event.agent ?? `team ${event.team ?? ''}`;
  return `- ${utc(event.at)}${ageOf(now - event.at)}: ${who} ${LINES[event.kind]?.(event) ?? ''}`;
};

const DONE =
  'send_message with done tells that the agent has nothing more to do after it; read_inbox with done, that you have not.';

/**
 * What is told at once, by words of ours and names alone: nothing that an agent has written goes to another one.
 * @param now milliseconds since the epoch
 */
export function digestOf(events: readonly MonitorEvent[], now: number): string {
  const idleTeams = new Set(events.filter(({ kind }) => kind === 'team_idle').map(({ team }) => team));
  const lines = events
    // That each agent of an idle team is idle too is no more news.
    .filter(({ kind, team }) => kind !== 'idle' || team === undefined || !idleTeams.has(team))
    .toSorted((one, other) => one.id - other.id)
    .map((event) => lineOf(event, now));
  const rest = lines.length - MAX_LINES;
  return [
    'News of agents that you lead:',
    ...lines.slice(0, MAX_LINES),
    ...(rest > 0 ? [`- and ${String(rest)} more: list_agents shows all.`] : []),
    ...(events.some(({ kind }) => kind === 'idle' || kind === 'team_idle') ? [DONE] : []),
    'This needs no answer.',
  ].join('\n');
}
