import type { ConfigSources } from '../../config/load.js';
import type { Output } from '../render.js';

/** What the commands need of the program that runs them. */
export interface AuditSurroundings {
  readonly output: Output;
  readonly sources: () => ConfigSources;
  readonly exit: (code: number) => void;
}

/** Which records `tail` and `export` give. */
export interface FilterFlags {
  readonly caller?: string;
  readonly operation?: string;
  readonly outcome?: string;
  /** Milliseconds since the epoch. */
  readonly since?: number;
}
export interface TailFlags extends FilterFlags {
  readonly lines: number;
  readonly follow?: true;
}
export interface VerifyFlags {
  readonly anchor?: string;
  readonly keyFile?: string;
}
export interface PruneFlags {
  readonly before?: number;
  readonly keepDays?: number;
  readonly damaged?: true;
  readonly yes: boolean;
}
