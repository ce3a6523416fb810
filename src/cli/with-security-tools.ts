import type { Command } from 'commander';
import type { SecurityTools } from '../app/security-tools.js';
import { answerWith, type Result } from './answering.js';
import type { CommandOptions } from './command-options.js';

/** Opens the tools, shows what `work` gives, and closes them. */
export type WithTools = (work: (tools: SecurityTools) => Promise<Result>) => Promise<void>;

export function withSecurityTools(program: Command, { output, sources }: Omit<CommandOptions, 'exit'>): WithTools {
  const open = async (): Promise<SecurityTools> => {
    const { openSecurityTools } = await import('../app/security-tools.js');
    return openSecurityTools(sources(program.opts()), output.err);
  };
  return (work) => answerWith(output, open, work);
}
