import type { MonitorTools } from '../../app/monitor-tools.js';
import type { ConfigSources } from '../../config/load.js';
import { answerWith, type Result, withOpened } from '../answering.js';
import type { Output } from '../render.js';

/** What the commands need of the program that runs them. */
export interface MonitorSurroundings {
  readonly output: Output;
  readonly sources: () => ConfigSources;
  readonly exit: (code: number) => void;
}

const opening =
  ({ output, sources }: MonitorSurroundings) =>
  async (): Promise<MonitorTools> => {
    const { openMonitorTools } = await import('../../app/monitor-tools.js');
    return openMonitorTools(sources(), output.err);
  };

/** Opens what is known of the monitor, and closes it whatever happens. */
export const withTools = <T>(
  surroundings: MonitorSurroundings,
  work: (tools: MonitorTools) => Promise<T>,
): Promise<T> => withOpened(opening(surroundings), work);

/** Shows what a command gives. */
export const answer = (
  surroundings: MonitorSurroundings,
  work: (tools: MonitorTools) => Promise<Result>,
): Promise<void> => answerWith(surroundings.output, opening(surroundings), work);

/** Aborts when the person, or the program that started it, wants no more. */
export function untilEnded(): AbortSignal {
  const abort = new AbortController();
  const end = (): void => {
    abort.abort();
  };
  // Not once: a second Ctrl-C must not cut short what is being closed.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  return abort.signal;
}

/** The time as ISO 8601, without parts of a second. */
export const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
