import { accountOf } from '../agents/account.js';
import { isLead, leadsFirst } from '../agents/leads-first.js';
import { type AgentRecord, recordOf, staysEnded } from '../agents/records.js';
import { sleep } from '../kernel/clock.js';
import { agentByName } from '../store/managed-agents.js';
import { defineTable, type Reading, type StateStore, type Transaction } from '../store/store.js';
import type { Watching } from './term.js';
import type { Duty, RoundView } from './duties.js';
import { aboutAgent, putEvents } from './event-log.js';
import type { AgentView } from './fleet.js';
import { isPaused, ranWell, startFailed, startOne } from './recovery-account.js';
import { advance, type Course, failed, type Seen, started, type Step, WELL_MS } from './recovery-course.js';

/** How a start went. `later`: nothing was tried, and it may go in a while. `unknown`: what is seen of it will tell. */
export type Restart = 'runs' | 'failed' | 'later' | 'unknown';

export interface RecoveryPorts {
  /** Of the tmux server that is watched. */
  readonly store: StateStore;
  /** Read at each round. */
  readonly settings: () => RecoverySettings;
  readonly isHeld: Watching['isHeld'];
  /** Starts an agent again that has ended, and leaves one alone that runs. */
  readonly restart: (agent: string, signal: AbortSignal) => Promise<Restart>;
  /** Between two starts. */
  readonly staggerMs?: number;
}

export interface RecoverySettings {
  /** What holds for an agent whose own start says nothing of it. */
  readonly autoRestart: boolean;
  /** How long nothing is done to one that leads, after it was started again. */
  readonly graceMs: number;
}

const courses = defineTable<Course>('monitor_recovery', { version: 1, read: (value) => value as Course });
const MAX_COURSES = 10_000;
const KEPT_MS = 30 * 86_400_000;
const STAGGER_MS = 1000;
/** What stands in the way of a start may be gone then. */
const LATER_MS = 30_000;

const WELL: readonly string[] = ['idle', 'working'];

/** It has ended, as far as is known neither by itself nor because somebody wanted it to. */
function isDown({ facts, look, record }: AgentView): boolean {
  if (staysEnded(record)) return false;
  return facts.state === 'crashed' || (facts.state === 'exited' && look.verdict.winner?.rule === 'pane_gone');
}

function shownBy(view: AgentView): Seen['is'] {
  if (isDown(view)) return 'down';
  if (['crashed', 'exited'].includes(view.facts.state)) return 'over';
  return WELL.includes(view.facts.state) ? 'well' : 'up';
}

function seenOf(view: AgentView, { graceMs }: RecoverySettings): Seen {
  const { since, panePid } = view.agent;
  return { since, panePid, is: shownBy(view), wellMs: isLead(view.agent) ? Math.max(WELL_MS, graceMs) : WELL_MS };
}

/** Only one that was started by us, and is to be started again. */
const isWanted = ({ launch }: AgentRecord, { autoRestart }: RecoverySettings): boolean =>
  launch !== undefined && (launch.autoRestart ?? autoRestart);

/** Keeps what has become of a course, and tells of it. */
function keep(tx: Transaction, { agent, record }: Pick<AgentView, 'agent' | 'record'>, { course, tell, result }: Step): void {
  const { name } = agent;
  if (course === undefined) tx.delete(courses, name);
  else tx.put(courses, name, course, { expiresAt: tx.now.mono + KEPT_MS });
  if (tell !== undefined) putEvents(tx, [{ kind: tell, ...aboutAgent(agent) }]);
  if (result === 'failed') startFailed(tx, accountOf(record).key);
  else if (result === 'ran_well') ranWell(tx, accountOf(record).key);
} // prettier-ignore

/** Whether it is the agent that was looked at, and nobody has ended it. */
function isSame(tx: Reading, { agent }: AgentView, course: Course): boolean {
  const [row, record] = [agentByName(tx, agent.name), recordOf(tx, agent.name)];
  const isIt = row?.panePid === agent.panePid && row.since === agent.since && course.panePid === agent.panePid;
  return isIt && (record === undefined || !staysEnded(record));
}

function isDue({ now }: Reading, { agent }: AgentView, course: Course, { graceMs }: RecoverySettings): boolean {
  const { dueAt = Infinity, startedAt = -Infinity, tryingAt } = course;
  const isResting = isLead(agent) && now.mono < startedAt + graceMs;
  return tryingAt === undefined && now.mono >= dueAt && !isResting;
}

interface Looked {
  readonly view: AgentView;
  readonly step: Step;
  readonly isNew: boolean;
  readonly isDue: boolean;
}

/** Starts agents again that have crashed, as often and as soon as it may be, for as long as this process watches. */
class Recovery {
  readonly #ports: RecoveryPorts;
  /** Names of those that have a course. */
  #known: ReadonlySet<string> | undefined;

  constructor(ports: RecoveryPorts) {
    this.#ports = ports;
  }

  async run(view: RoundView, signal: AbortSignal): Promise<void> {
    const settings = this.#ports.settings();
    const due = await this.#settle(view, settings);
    for (const [index, agent] of due.entries()) {
      if (signal.aborted || !(await this.#ports.isHeld())) return;
      if (index > 0) await sleep(this.#ports.staggerMs ?? STAGGER_MS, signal).catch(() => undefined);
      await this.#try(agent, settings, signal);
    }
  }

  /** Brings all courses to what is seen now. @returns those that are to be started, in order */
  async #settle({ agents }: RoundView, settings: RecoverySettings): Promise<readonly AgentView[]> {
    const { store } = this.#ports;
    this.#known ??= await store.read((view) => new Set(view.list(courses, { limit: MAX_COURSES }).map(({ key }) => key)));
    const known = this.#known;
    const wanted = [...agents.values()].filter(({ record }) => isWanted(record, settings));
    const looked = wanted.filter((view) => known.has(view.agent.name) || isDown(view));
    const gone = [...known].filter((name) => !agents.has(name));
    if (looked.length === 0 && gone.length === 0) return [];
    const limited = new Set([...agents.values()].filter(({ facts }) => facts.state === 'rate_limited').map(({ record }) => accountOf(record).key));
    const look = (tx: Reading): Looked[] =>
      looked.map((view) => {
        const before = tx.get(courses, view.agent.name);
        const step = advance(before, seenOf(view, settings), tx.now.mono);
        return { view, step, isNew: step.course !== before, isDue: (step.course?.dueAt ?? Infinity) <= tx.now.mono };
      });
    let all = await store.read(look);
    if (gone.length > 0 || all.some(({ isNew }) => isNew))
      all = await store.transact((tx) => {
        for (const name of gone) tx.delete(courses, name);
        const steps = look(tx);
        for (const { view, step, isNew } of steps) if (isNew) keep(tx, view, step);
        return steps;
      });
    // Those that the config lets alone now keep their courses.
    const others = [...known].filter((name) => agents.has(name) && !looked.some(({ agent }) => agent.name === name));
    this.#known = new Set([...others, ...all.flatMap(({ view, step }) => (step.course === undefined ? [] : [view.agent.name]))]);
    const due = all.filter(({ view, isDue }) => isDue && !limited.has(accountOf(view.record).key));
    return leadsFirst(due.map(({ view }) => ({ ...view.agent, view }))).map(({ view }) => view);
  } // prettier-ignore

  /** Puts a try on record, unless something has changed since it was looked at. @returns the course as it is then */
  #begin(view: AgentView, settings: RecoverySettings): Promise<Course | undefined> {
    const { agent, record } = view;
    return this.#ports.store.transact(
      (tx) => {
        const course = tx.get(courses, agent.name);
        const isOpen = course !== undefined && isSame(tx, view, course) && isDue(tx, view, course, settings);
        if (!isOpen || isPaused(tx, accountOf(record).key)) return undefined;
        const trying = { ...course, tries: course.tries + 1, dueAt: undefined, tryingAt: tx.now.mono };
        keep(tx, view, { course: trying });
        startOne(tx, accountOf(record).key);
        return trying;
      },
      { durable: true },
    );
  }

  async #try(view: AgentView, settings: RecoverySettings, signal: AbortSignal): Promise<void> {
    const { agent } = view;
    const course = await this.#begin(view, settings);
    if (course === undefined) return;
    const outcome = await this.#ports.restart(agent.name, signal);
    // What was cut off may have been done: whoever watches next sees it.
    if (outcome === 'unknown' || (signal.aborted && outcome !== 'runs')) return;
    await this.#ports.store.transact((tx) => {
      // Another process has gone on with it.
      if (tx.get(courses, agent.name)?.tryingAt !== course.tryingAt) return;
      const now = tx.now.mono;
      const panePid = agentByName(tx, agent.name)?.panePid ?? agent.panePid;
      const next: Record<typeof outcome, () => Step> = {
        runs: () => started(course, panePid, now),
        failed: () => failed({ ...course, panePid }, now),
        later: () => ({ course: { ...course, tries: course.tries - 1, tryingAt: undefined, dueAt: now + LATER_MS } }),
      };
      keep(tx, view, next[outcome]());
    });
  }
}

export function createRecovery(ports: RecoveryPorts): Duty {
  const recovery = new Recovery(ports);
  return { name: 'recovery', run: (view, signal) => recovery.run(view, signal) };
}
