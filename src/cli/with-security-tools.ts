import type { Command } from 'commander';
import type { SecurityTools } from '../app/security-tools.js';
import { correlationId } from '../kernel/correlation.js';
import type { View } from '../operations/view.js';
import type { CommandOptions } from './command-options.js';
import { writeResult } from './render.js';

/** What a command answers, for programs and for people. */
export type Result = [Record<string, unknown>, View];

/** Opens the tools, shows what `work` gives, and closes them. */
export type WithTools = (work: (tools: SecurityTools) => Promise<Result>) => Promise<void>;

export function withSecurityTools(program: Command, { output, sources }: Omit<CommandOptions, 'exit'>): WithTools {
  return async (work) => {
    const started = performance.now();
    const { openSecurityTools } = await import('../app/security-tools.js');
    const tools = await openSecurityTools(sources(program.opts()), output.err);
    try {
      const [data, view] = await work(tools);
      const meta = { correlationId: correlationId(), durationMs: Math.round(performance.now() - started) };
      writeResult(output, { ok: true, data, view, meta });
    } finally {
      await tools.close();
    }
  };
}
