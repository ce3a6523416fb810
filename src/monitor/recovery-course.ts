import type { EventKind } from './event-log.js';

/** Before each try, in milliseconds; after the last there is none. */
export const TRIES_MS = [2000, 5000, 10_000] as const;
/** One that ran so long after a start has recovered: what happens then is something new. */
export const WELL_MS = 300_000;
/** A try that was put on record so long ago has ended, whoever made it: no call takes longer. */
export const TRY_MS = 70_000;

/** How an agent fares that is started again. All times are of the store's clock. */
export interface Course {
  /** Which agent of that name, and which run of it. */
  readonly since: number;
  readonly panePid: number;
  readonly tries: number;
  /** When the next try is to be made. */
  readonly dueAt?: number | undefined;
  /** When one was begun whose end is not on record. */
  readonly tryingAt?: number | undefined;
  /** When it was last started by us. */
  readonly startedAt?: number | undefined;
  /** It was told that it is back. */
  readonly isBack?: true | undefined;
  /** Until somebody else starts it. */
  readonly gaveUp?: true | undefined;
}

/** What is seen of it. `up`: it runs, and what it does is not known, or is no sign that it is well. */
export interface Seen {
  readonly since: number;
  readonly panePid: number;
  readonly is: 'down' | 'up' | 'well' | 'over';
  /** How long it has to run until it has recovered. */
  readonly wellMs: number;
}

/** How it goes on. */
export interface Step {
  /** Undefined: there is nothing to be kept of it. */
  readonly course: Course | undefined;
  readonly tell?: EventKind | undefined;
  /** For others of its account: a start of ours was for nothing, or was not. */
  readonly result?: 'failed' | 'ran_well' | undefined;
}

const begun = ({ since, panePid }: Seen, now: number): Course => ({
  since,
  panePid,
  tries: 0,
  dueAt: now + TRIES_MS[0],
});

/** A start was for nothing. */
export function failed({ since, panePid, tries, startedAt }: Course, now: number): Step {
  const wait = TRIES_MS[tries];
  const kept = { since, panePid, tries, startedAt };
  if (wait === undefined) return { course: { ...kept, gaveUp: true }, tell: 'gave_up', result: 'failed' };
  return { course: { ...kept, dueAt: now + wait }, result: 'failed' };
}

/** A start of ours is seen to have been made. */
export function started({ since, tries }: Course, panePid: number, now: number): Step {
  return { course: { since, panePid, tries, startedAt: now }, tell: 'restarted' };
}

function down(course: Course, seen: Seen, now: number): Step {
  if (course.gaveUp === true || course.dueAt !== undefined) return { course };
  const { startedAt = -Infinity } = course;
  return now - startedAt >= seen.wellMs ? { course: begun(seen, now), result: 'ran_well' } : failed(course, now);
}

function up(course: Course, { is, wellMs }: Seen, now: number): Step {
  const { startedAt } = course;
  // It runs, and no start of ours is known of: nothing is left to be done.
  if (startedAt === undefined) return { course: undefined };
  if (now - startedAt >= wellMs) return { course: undefined, result: 'ran_well' };
  const current = course.dueAt === undefined ? course : { ...course, dueAt: undefined };
  if (is !== 'well' || course.isBack === true) return { course: current };
  return { course: { ...current, isBack: true }, tell: 'recovered' };
}

/** What becomes of a course by what is seen now. The same look twice changes nothing more. */
export function advance(course: Course | undefined, seen: Seen, now: number): Step {
  if (seen.is === 'over') return { course: undefined };
  const fresh = seen.is === 'down' ? begun(seen, now) : undefined;
  if (course?.since !== seen.since) return { course: fresh };
  if (course.panePid !== seen.panePid)
    // Somebody else has started it, unless a try of ours is on record whose end is not.
    return course.tryingAt === undefined ? { course: fresh } : started(course, seen.panePid, now);
  if (course.tryingAt !== undefined) return now - course.tryingAt < TRY_MS ? { course } : failed(course, now);
  return seen.is === 'down' ? down(course, seen, now) : up(course, seen, now);
}
