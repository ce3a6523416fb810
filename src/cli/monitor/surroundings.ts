import type { MonitorTools } from '../../app/monitor-tools.js';
import type { ConfigSources } from '../../config/load.js';
import { correlationId } from '../../kernel/correlation.js';
import type { View } from '../../operations/view.js';
import { type Output, writeResult } from '../render.js';

/** What the commands need of the program that runs them. */
export interface MonitorSurroundings {
  readonly output: Output;
  readonly sources: () => ConfigSources;
  readonly exit: (code: number) => void;
}

/** Opens what is known of the monitor, and closes it whatever happens. */
export async function withTools<T>(
  { output, sources }: MonitorSurroundings,
  work: (tools: MonitorTools) => Promise<T>,
): Promise<T> {
  const { openMonitorTools } = await import('../../app/monitor-tools.js');
  const tools = await openMonitorTools(sources(), output.err);
  try {
    return await work(tools);
  } finally {
    await tools.close();
  }
}

/** Shows what a command gives. */
export async function answer(
  surroundings: MonitorSurroundings,
  work: (tools: MonitorTools) => Promise<[Record<string, unknown>, View]>,
): Promise<void> {
  const started = performance.now();
  const [data, view] = await withTools(surroundings, work);
  const meta = { correlationId: correlationId(), durationMs: Math.round(performance.now() - started) };
  writeResult(surroundings.output, { ok: true, data, view, meta });
}

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
