import type { PaneId } from '../kernel/ids.js';
import type { Jobs } from '../tmux/jobs/jobs.js';
import type { Delta, DeltaOptions } from '../tmux/pane/delta.js';
import { closed } from '../tmux/pane/lines.js';
import type { Tmux } from '../tmux/tmux.js';

/** What a monitor in this process has read of terminals. */
export interface Screens {
  /** The last lines, where they are young enough and nothing was sent there since. */
  readonly recent: (pane: PaneId) => { readonly delta: Delta; readonly ageMs: number } | undefined;
  /** Something is or was sent there, or has come: what was read before it may be old. */
  readonly touch: (pane: PaneId) => void;
  /** Something was made, ended or named: what was listed before it is old. */
  readonly arranged: () => void;
}

/** How many lines are kept of each terminal, and how many of those that stand before them: as many as calls read. */
export const KEPT_LINES = 60;
export const KEPT_OVERLAP = 60;

/** The last lines of what is kept, where that holds as many. */
function fromKept({ delta, ageMs }: { readonly delta: Delta; readonly ageMs: number }, { lines, ansi, since, overlap = 0, onRead }: DeltaOptions): Delta | undefined {
  if (since !== undefined || ansi || onRead !== undefined || lines > KEPT_LINES || overlap > KEPT_OVERLAP) return undefined;
  const kept = delta.lines.slice(-lines);
  const above = delta.lines.slice(0, delta.lines.length - kept.length);
  return { ...delta, lines: kept, before: (delta.before ?? '') + closed(above), truncated: delta.truncated || above.length > 0, ageMs };
} // prettier-ignore

type Touching = <T>(pane: PaneId, work: () => Promise<T>) => Promise<T>;

const touchingWith =
  (touch: Screens['touch']): Touching =>
  async (pane, work) => {
    touch(pane);
    try {
      return await work();
    } finally {
      touch(pane);
    }
  };

function touchingJobs(jobs: Jobs, touch: Screens['touch']): Jobs {
  const around = touchingWith(touch);
  return {
    run: (target, command, wait) => around(target.pane, () => jobs.run(target, command, wait)),
    start: (target, command, wait) => around(target.pane, () => jobs.start(target, command, wait)),
    get: async (id, wait, since) => {
      const report = await jobs.get(id, wait, since);
      touch(report.pane);
      return report;
    },
    cancel: async (id, signal) => {
      const report = await jobs.cancel(id, signal);
      touch(report.pane);
      return report;
    },
    placeOf: (id) => jobs.placeOf(id),
    lastOf: (pane) => jobs.lastOf(pane),
    close: () => jobs.close(),
  };
}

/**
 * The same port, with what the monitor of this process has read of terminals in the place of reading them again. Whatever
 * this process does to a pane, or hears of it, makes what was read before old.
 */
export function cachedTmux(tmux: Tmux, screens: Screens): Tmux {
  const { recent, touch, arranged } = screens;
  const touching = touchingWith(touch);
  const arranging = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } finally {
      arranged();
    }
  };
  return {
    list: (before) => tmux.list(before),
    createSession: (spec) => arranging(tmux.createSession(spec)),
    renameSession: (id, name) => arranging(tmux.renameSession(id, name)),
    killSession: (id) => arranging(tmux.killSession(id)),
    createWindow: (spec) => arranging(tmux.createWindow(spec)),
    renameWindow: (id, name) => arranging(tmux.renameWindow(id, name)),
    killWindow: (id) => arranging(tmux.killWindow(id)),
    splitPane: (spec) => arranging(touching(spec.pane.id, () => tmux.splitPane(spec))),
    killPane: (id) => arranging(touching(id, () => tmux.killPane(id))),
    lastLines: (id, count) => tmux.lastLines(id, count),
    showAgent: (pane, marks) => tmux.showAgent(pane, marks),
    showStates: (states) => tmux.showStates(states),
    status: () => tmux.status(),
    close: () => tmux.close(),
    capture: async (pane, options) => {
      const kept = recent(pane);
      return (kept && fromKept(kept, options)) ?? tmux.capture(pane, options);
    },
    waitForOutput: async (wait) => {
      try {
        return await tmux.waitForOutput(wait);
      } finally {
        touch(wait.pane);
      }
    },
    send: (pane, input) => touching(pane.id, () => tmux.send(pane, input)),
    jobs: touchingJobs(tmux.jobs, touch),
    endingBy: (end) => cachedTmux(tmux.endingBy(end), screens),
  };
}
