import { keepMonitor } from '../../app/monitor-keeper.js';
import { startMonitor, stopMonitor } from '../../app/monitor-process.js';
import { ERROR_CODES } from '../../kernel/errors.js';
import type { View } from '../../operations/view.js';
import { currentHolder } from './status.js';
import { answer, type MonitorSurroundings, untilEnded, withTools } from './surroundings.js';

export async function start(surroundings: MonitorSurroundings): Promise<void> {
  await answer(surroundings, async (tools) => {
    const { ran, background, holder } = await startMonitor(tools);
    const { pid } = background.keeper;
    const word = ran ? 'runs already' : 'runs';
    const other =
      holder === undefined
        ? ' Nothing watches yet; look again with: tmux-orc monitor status'
        : ` It waits: now ${currentHolder(holder)} watches.`;
    const isOwn = holder !== undefined && holder.pid === background.child?.pid;
    const view: View = { summary: `The monitor ${word} in the background, process ${String(pid)}.${isOwn ? '' : other}` };
    return [{ started: !ran, pid, watching: isOwn, holder_pid: holder?.pid ?? null }, view];
  });
} // prettier-ignore

export async function stop(surroundings: MonitorSurroundings): Promise<void> {
  await answer(surroundings, async (tools) => {
    const stopped = await stopMonitor(tools);
    const { holder } = await tools.look();
    const others = holder === undefined ? '' : ` Still watching: ${currentHolder(holder)}.`;
    const what = stopped === undefined ? 'No background monitor runs.' : `The monitor has ended, process ${String(stopped.pid)}.`;
    return [{ stopped: stopped !== undefined, pid: stopped?.pid ?? null, holder_pid: holder?.pid ?? null }, { summary: `${what}${others}` }];
  });
} // prettier-ignore

/** What `start` leaves behind. */
export async function keep(surroundings: MonitorSurroundings): Promise<void> {
  const signal = untilEnded();
  const kept = await withTools(surroundings, (tools) => keepMonitor(tools, signal));
  const code = kept ? 0 : ERROR_CODES.CONFLICT.exit;
  surroundings.exit(code);
  process.exit(code);
}
