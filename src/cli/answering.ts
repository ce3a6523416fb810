import { correlationId } from '../kernel/correlation.js';
import type { View } from '../operations/view.js';
import { type Output, writeResult } from './render.js';

/** What a command answers, for programs and for people. */
export type Result = [Record<string, unknown>, View];

interface Closing {
  readonly close: () => Promise<void>;
}

/** Opens what a command works with, and closes it whatever happens. */
export async function withOpened<Tools extends Closing, T>(
  open: () => Promise<Tools>,
  work: (tools: Tools) => Promise<T>,
): Promise<T> {
  const tools = await open();
  try {
    return await work(tools);
  } finally {
    await tools.close();
  }
}

/** @param started on the clock of `performance` */
export function show(output: Output, [data, view]: Result, started: number): void {
  const meta = { correlationId: correlationId(), durationMs: Math.round(performance.now() - started) };
  writeResult(output, { ok: true, data, view, meta });
}

/** Shows what `work` gives. */
export async function answerWith<Tools extends Closing>(
  output: Output,
  open: () => Promise<Tools>,
  work: (tools: Tools) => Promise<Result>,
): Promise<void> {
  const started = performance.now();
  show(output, await withOpened(open, work), started);
}
