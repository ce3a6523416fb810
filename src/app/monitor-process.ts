import { loadConfig } from '../config/load.js';
import { startDetached } from '../exec/detached-process.js';
import { hasEnded, type ProcessMark, signalTo } from '../exec/process-mark.js';
import { sleep } from '../kernel/clock.js';
import { OrcError } from '../kernel/errors.js';
import { createBackgroundRecord, type KnownBackground } from '../monitor/background.js';
import type { Holder } from '../monitor/lease.js';
import { type MonitorFacts, type MonitorTools, ownCommand } from './monitor-tools.js';

const POLL_MS = 50;
/** A machine with much to do takes a while for two starts of Node. */
const START_MS = 20_000;
/** What the process has to end by itself, its monitor in it. */
const STOP_MS = 9000;
/** A lease that was not given back lasts for 3 s. */
const KILL_MS = 4000;

export interface Started {
  /** It ran already. */
  readonly ran: boolean;
  readonly background: KnownBackground;
  /** Who watches; undefined where nobody does yet. */
  readonly holder: Holder | undefined;
}

/** @returns what `look` gives first, undefined at the deadline */
async function poll<T>(timeoutMs: number, look: () => Promise<T | undefined> | T | undefined): Promise<T | undefined> {
  for (const deadline = performance.now() + timeoutMs; ;) {
    const found = await look();
    if (found !== undefined || performance.now() >= deadline) return found;
    await sleep(POLL_MS);
  }
}

/** The monitor runs and has what it sought, or another process that runs has it. */
const isSettled = ({ holder, background }: MonitorFacts): boolean =>
  background?.isRunning === true &&
  background.isChildRunning &&
  holder !== undefined &&
  !hasEnded({ pid: holder.pid, start: undefined });

const notStarted = (why: string): OrcError =>
  new OrcError('INTERNAL', `The monitor was not started: ${why}.`, {
    hint: 'tmux-orc monitor logs may tell why; tmux-orc monitor run shows it in this terminal.',
  });

/**
 * Starts a process that keeps the monitor running after us, and waits until it is seen to.
 * @throws OrcError CONFIG_INVALID, CONFLICT where the config has the monitor off, INTERNAL
 */
export async function startMonitor(tools: MonitorTools): Promise<Started> {
  const { config } = await loadConfig(tools.sources);
  const before = await tools.look();
  if (before.background?.isRunning === true) return { ...before, ran: true, background: before.background };
  if (!config.monitoring.enabled)
    throw new OrcError('CONFLICT', 'The monitor is off: monitoring.enabled is false.', {
      hint: 'Set monitoring.enabled to true in your config, then start it.',
    });
  const { file, argv, env } = ownCommand(tools, ['monitor', 'keep']);
  const started = await startDetached(file, argv, env);
  if (started === undefined) throw notStarted('the system starts no process');
  await poll(START_MS, async () => {
    const facts = await tools.look();
    return isSettled(facts) || (hasEnded(started) && facts.background?.isRunning !== true) ? facts : undefined;
  });
  const { background, holder } = await tools.look();
  if (background?.isRunning !== true)
    throw notStarted(hasEnded(started) ? 'its process ended at once' : 'its process does not show itself in time');
  const ran = background.keeper.pid !== started.pid;
  return { ran, background, holder };
}

/** Ends processes that are still those on record. @returns whether they are gone */
async function endAll(marks: () => readonly ProcessMark[], signal: NodeJS.Signals, timeoutMs: number): Promise<boolean> {
  for (const mark of marks()) signalTo(mark, signal);
  return (await poll(timeoutMs, () => (marks().every(hasEnded) ? true : undefined))) === true;
} // prettier-ignore

/** Without the start of a process, another one may have its number by now. */
function requireKnown({ pid, start }: ProcessMark): void {
  if (start !== undefined) return;
  throw new OrcError('CONFLICT', `This system does not tell whether process ${String(pid)} is still the monitor.`, {
    hint: 'Look at it with ps, and end it with kill.',
  });
}

/**
 * Ends the background process and its monitor, and waits until both are gone. No other process is ever touched.
 * @returns undefined where none runs
 * @throws OrcError OUTCOME_UNKNOWN where it is not seen to be gone
 */
export async function stopMonitor(tools: MonitorTools): Promise<{ readonly pid: number } | undefined> {
  const { background } = await tools.look();
  if (background === undefined) return undefined;
  const { keeper, child, isRunning } = background;
  if (isRunning) requireKnown(keeper);
  const children = new Map(child === undefined ? [] : [[child.pid, child]]);
  const both = (): readonly ProcessMark[] => [keeper, ...children.values()];
  const see = async (): Promise<void> => {
    const now = (await tools.look()).background;
    if (now?.keeper.pid === keeper.pid && now.child !== undefined) children.set(now.child.pid, now.child);
  };
  // It ends its monitor itself; without it, that ends by itself.
  let gone = !isRunning || (await endAll(() => [keeper], 'SIGTERM', STOP_MS));
  await see();
  const isGone = (): true | undefined => (both().every(hasEnded) ? true : undefined);
  gone = gone && background.isChildRunning ? (await poll(KILL_MS, isGone)) === true : gone;
  if (!gone) {
    const known = both().filter(({ start }) => start !== undefined);
    gone = await endAll(() => known, 'SIGKILL', KILL_MS);
  }
  if (!gone)
    throw new OrcError('OUTCOME_UNKNOWN', 'The monitor was told to end, and is not seen to be gone.', {
      hint: 'tmux-orc monitor status shows its process.',
    });
  await createBackgroundRecord(tools.store()).clear(keeper);
  await poll(KILL_MS, async () => {
    const { holder } = await tools.look();
    return holder === undefined || !children.has(holder.pid) ? true : undefined;
  });
  return isRunning || background.isChildRunning ? { pid: keeper.pid } : undefined;
}
