import type { ConfigSources } from '../config/load.js';
import type { Output } from './render.js';

/** What commands that are no operations need of the program they belong to. */
export interface CommandOptions {
  readonly output: Output;
  /** Config sources with these global options. */
  readonly sources: (options: Record<string, unknown>) => ConfigSources;
  readonly exit: (code: number) => void;
}
