import { createApp } from '../../app/create-app.js';
import { within } from '../../kernel/clock.js';
import { currentHolder } from './status.js';
import { type MonitorSurroundings, timeOf, untilEnded, withTools } from './surroundings.js';

const CLOSE_GRACE_MS = 3000;

/** What is told of it, line by line. */
const TEXTS = {
  disabled: 'monitoring.enabled is false: nothing is watched until it is true.',
  waiting: 'waits: another process watches this tmux server',
  watching: 'watches this tmux server',
  lost: 'watches no more: another process does, it was turned off, or the state cannot be written',
  ended: 'ended',
} as const;

/** Aborts when the process that keeps this one is gone, whatever ended it: its end of our standard input closes then. */
function untilKeeperIsGone(end: () => void): void {
  process.stdin.on('error', end).on('close', end).on('end', end).resume();
}

/** Watches in this process, until a signal. */
export async function runMonitor(surroundings: MonitorSurroundings, isKept: boolean): Promise<void> {
  const { output, sources } = surroundings;
  const ending = new AbortController();
  const signal = AbortSignal.any([ending.signal, untilEnded()]);
  if (isKept) untilKeeperIsGone(() => { ending.abort(); }); // prettier-ignore
  const { holder, logFolder } = await withTools(surroundings, async (tools) => ({
    holder: (await tools.look()).holder,
    logFolder: tools.logFolder,
  }));
  const tell = (word: keyof typeof TEXTS, more = '', facts: Record<string, unknown> = {}): void => {
    if (isKept) app.logger.info(`monitor: ${TEXTS[word]}${more}`);
    else if (output.json) output.out(`${JSON.stringify({ at: new Date().toISOString(), event: word, ...facts })}\n`);
    else output.out(`${timeOf(Date.now())} ${TEXTS[word]}${more}\n`);
  };
  const app = await createApp({
    ...sources(),
    kind: isKept ? 'background' : 'foreground',
    ...(isKept ? { logFolder } : { writeLog: output.err, logForm: 'short' }),
    onWatch: (watches) => {
      if (watches) tell('watching');
      else if (!signal.aborted) tell('lost');
    },
  });
  if (!app.config().monitoring.enabled) tell('disabled');
  else if (holder !== undefined)
    tell('waiting', `: ${currentHolder(holder)}`, { holder: { kind: holder.kind, pid: holder.pid } });
  app.monitor.seek();
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => { resolve(); }, { once: true }); // prettier-ignore
  });
  if (isKept) tell('ended');
  // Who ends it does not wait for a tmux that does not answer.
  await within(app.close(), CLOSE_GRACE_MS);
  if (!isKept) tell('ended');
  process.stdout.write('', () => process.exit(0));
}
