import { isEndedState } from '../kernel/agent-words.js';
import { idleSince, type Remembered, type Sighting, stepDue } from './alert-rules.js';
import type { NewEvent } from './event-log.js';

/** An agent of a team. */
export interface Member {
  readonly seen: Sighting;
  readonly idle: Remembered['idle'];
  readonly isLead: boolean;
}

/** What was told of an idle team. */
export interface TeamTold {
  /** What its agents had worked then: with another one they have gone on. */
  readonly work: string;
  readonly minutes: number;
}

const isOver = ({ state, isMissing, isDone }: Sighting): boolean => isMissing || isEndedState(state) || isDone;
const rests = ({ seen }: Member): boolean => isOver(seen) || seen.state === 'idle';

/** A lead that is told of its team works on that, which is no work of the team. */
const workOf = (workers: readonly Member[]): string =>
  `${String(workers.length)} ${String(workers.reduce((sum, { seen }) => sum + seen.seq, 0))}`;

/** Since when nobody works, on the clock of the store; undefined where somebody may, or there is nothing left to do. */
function idleFrom(members: readonly Member[], workers: readonly Member[]): number | undefined {
  if (!members.every(rests) || members.some(({ seen, isLead }) => isLead && seen.isDone)) return undefined;
  const isLeft = workers.some(({ seen, idle }) => !isOver(seen) && idleSince(idle) !== undefined);
  const times = members.flatMap(({ idle }) => idleSince(idle) ?? []);
  return isLeft ? Math.max(...times) : undefined;
}

/** Whether it is news that a team is idle. @param now on the clock of the store */
export function judgeTeam(team: string, members: readonly Member[], before: TeamTold | undefined, now: number, steps: readonly number[]): { readonly told: TeamTold | undefined; readonly events: readonly NewEvent[] } {
  const workers = members.filter(({ isLead, seen }) => !isLead && !seen.isShell);
  const work = workOf(workers);
  const told = before?.work === work ? before : undefined;
  const from = idleFrom(members, workers);
  const minutes = from === undefined ? undefined : stepDue(steps, now - from, told?.minutes ?? 0);
  if (minutes === undefined) return { told, events: [] };
  const agentSince = Math.max(...workers.map(({ seen }) => seen.agentSince));
  return { told: { work, minutes }, events: [{ kind: 'team_idle', team, agentSince, minutes }] };
} // prettier-ignore
