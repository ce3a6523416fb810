import process from 'node:process';
import { openProcess, type OpenProcess, type ProgramEnd } from '../exec/open-process.js';
import { markOf, type ProcessMark } from '../exec/process-mark.js';
import { sleep, systemClock } from '../kernel/clock.js';
import type { Logger } from '../kernel/logger.js';
import { type BackgroundRecord, createBackgroundRecord } from '../monitor/background.js';
import { keepRunning } from '../monitor/keep-running.js';
import { type MonitorTools, ownCommand } from './monitor-tools.js';
import { openLog } from './open-log.js';
import { createOutgoing } from './outgoing.js';

/** What the monitor is given to end by itself. */
const END_MS = 5000;
/** How often it is looked whether this process is the one on record still. */
const CLAIM_EVERY_MS = 5000;
const MAX_SAID = 4000;

/** Ends a program: it is told, and killed where it takes no notice. */
async function end(program: OpenProcess): Promise<void> {
  program.end();
  program.kill('SIGTERM');
  const waiting = new AbortController();
  const late = sleep(END_MS, waiting.signal).then(() => { program.kill('SIGKILL'); }, () => undefined); // prettier-ignore
  await program.ended;
  waiting.abort();
  await late;
}

interface Tools {
  readonly monitor: MonitorTools;
  readonly record: BackgroundRecord;
  readonly self: ProcessMark;
  readonly logger: Logger;
}

/** Runs the monitor once, to its end. */
async function runMonitor({ monitor, record, self, logger }: Tools, starts: number, signal: AbortSignal): Promise<void> {
  // It ends with its standard input, so it does not outlive this process however that ends.
  const { file, argv, env } = ownCommand(monitor, ['monitor', 'run', '--kept']);
  let said = '';
  const program = await openProcess(file, argv, {
    ...{ env, onData: () => undefined },
    onErrorData: (chunk) => {
      said = (said + chunk.toString('utf8')).slice(-MAX_SAID);
    },
  });
  const { pid } = program;
  const stop = (): void => void end(program);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  // Without its record it can still be found by who watches.
  const note = (change: Parameters<BackgroundRecord['note']>[1]): Promise<void> => record.note(self, change).catch(() => undefined);
  if (pid === undefined) logger.error('monitor: the process could not be started');
  else await note({ child: markOf(pid), starts });
  const ended: ProgramEnd = await program.ended;
  signal.removeEventListener('abort', stop);
  if (!signal.aborted && pid !== undefined) logger.error('monitor: the process ended', { pid, ...ended, said });
  await note({ child: undefined, lastEnd: { at: Date.now(), ...ended } });
} // prettier-ignore

/** Stays on record, also where the state was set aside; ends this where another one is on it. */
async function stayOnRecord({ record, self, logger }: Tools, ending: AbortController): Promise<void> {
  const pause = (): Promise<boolean> => sleep(CLAIM_EVERY_MS, ending.signal).then(() => true, () => false); // prettier-ignore
  while (await pause()) {
    const other = await record.claim(self).catch(() => undefined);
    if (other === undefined) continue;
    logger.warn('monitor: another background process runs', { pid: other.keeper.pid });
    ending.abort();
  }
}

/**
 * Keeps a monitor running until the signal: what `monitor start` leaves behind.
 * @returns whether it did; false where another process does
 * @throws StoreError
 */
export async function keepMonitor(monitor: MonitorTools, signal: AbortSignal): Promise<boolean> {
  const { sources, config, logFolder } = monitor;
  const self = markOf(process.pid);
  const record = createBackgroundRecord(monitor.store());
  if ((await record.claim(self)) !== undefined) return false;
  const outgoing = createOutgoing({ ...sources, settings: () => config.security.redaction });
  await outgoing.prepare().catch(() => undefined);
  const log = openLog({ env: sources.env, logFolder, settings: () => config.log, clean: outgoing.data });
  const ending = new AbortController();
  const abort = (): void => { ending.abort(); }; // prettier-ignore
  signal.addEventListener('abort', abort, { once: true });
  if (signal.aborted) abort();
  const tools: Tools = { monitor, record, self, logger: log.logger };
  log.logger.info('monitor: kept in the background', { pid: self.pid });
  const claims = stayOnRecord(tools, ending);
  let starts = 0;
  await keepRunning({
    run: (aborted) => runMonitor(tools, ++starts, aborted),
    ...{ clock: systemClock, signal: ending.signal },
    onPause: (ms) => {
      log.logger.info('monitor: it is started again', { after_seconds: ms / 1000 });
    },
  });
  abort();
  await claims;
  log.logger.info('monitor: the background process ends', { pid: self.pid });
  await record.clear(self).catch(() => undefined);
  await log.closeLog();
  return true;
}
