import type { z } from 'zod';
import type { Agents } from '../agents/create-agents.js';
import type { CleanOutput, OutputOptions } from '../security/text/clean-output.js';
import type { DirectoryPolicy } from '../security/text/directory.js';
import type { Injection } from '../security/text/injection/detect.js';
import type { Listing } from '../tmux/listing.js';
import type { Tmux } from '../tmux/tmux.js';
import type { ProgramStatus } from './program-status.js';
import type { SecurityFacts } from './security-facts.js';
import type { View } from './view.js';

/** What a handler works with. Everything it may use is here; it never reaches for a module of a lower layer. */
export interface OperationContext {
  /** Found, and where needed connected, on first use: starting up touches no tmux. */
  readonly tmux: Tmux;
  readonly settings: {
    readonly maxResultBytes: number;
    readonly maxTextBytes: number;
    readonly maxCommandBytes: number;
    readonly scope: 'all' | 'owned';
    readonly directories: DirectoryPolicy;
    readonly agents: {
      readonly defaultProvider: string;
      readonly defaultSession: string;
      readonly readyTimeoutSeconds: number;
      readonly maxBriefingBytes: number;
      readonly maxMessageBytes: number;
      /** Roles besides those that are built in. */
      readonly roles: readonly string[];
    };
  };
  /** What of a listing this caller may read panes of; what reads the others is refused. */
  readonly readable: (listing: Listing) => Promise<Listing>;
  /** Of the tmux server that the call goes to. */
  readonly agents: Agents;
  /** What the program knows of itself. */
  readonly status: () => ProgramStatus;
  /** How its guards stand. @param events how many of the last events */
  readonly security: (events: number) => Promise<SecurityFacts>;
  readonly correlationId: string;
  /** Aborts when the caller cancels or the deadline passes. */
  readonly signal: AbortSignal;
  /** Whether the time of the call is nearly over, and it is better to give a part than nothing. */
  readonly isEnding: () => boolean;
  /** Tells how far a long call is; does nothing when nobody listens. */
  readonly progress: (done: number, message: string) => void;
  /** Makes the text of a pane or a command fit to be given out; nothing else may bring it into a result. */
  readonly clean: (raw: string, options?: OutputOptions) => CleanOutput;
  /**
   * Tells in which state a change finds what it writes to. Where the result is the same each time, it is what tells a
   * call that is repeated in vain from one that goes on.
   */
  readonly saw: (state: readonly unknown[]) => void;
  /** Whether what a program wrote, cleaned, looks like instructions to a model. */
  readonly inspect: (text: string) => Injection | undefined;
  /** The same of the text that the caller sends, where the call went on all the same. */
  readonly sent: Injection | undefined;
  /** Runs something that only waits, without holding a place among the working calls. */
  readonly wait: <T>(work: () => Promise<T>) => Promise<T>;
}

/** How calls that repeat themselves are judged: identical calls with identical results are a loop. */
interface Repeats<Input> {
  /** Fields of the result that differ though nothing else has changed; dots lead into objects. */
  readonly volatile: readonly string[];
  /** Whether repeating a call with this input is what the operation is for. */
  allowed?(input: Input): boolean;
  /** What to do instead, one sentence. */
  readonly instead?: string;
}

export type Effect = 'read' | 'write' | 'destroy';
export type Toolset = 'tmux' | 'agents' | 'teams' | 'ops' | 'work';

/**
 * One operation of the contract: the MCP tool, the CLI command, the JSON schemas and the reference page all follow
 * from it.
 */
export interface Operation<Input extends z.ZodObject = z.ZodObject, Output extends z.ZodObject = z.ZodObject> {
  /** `verb_noun`, the MCP tool's name. */
  readonly name: string;
  readonly title: string;
  /** Printable ASCII, a constant: it enters a model before any call. */
  readonly description: string;
  readonly toolset: Toolset;
  readonly effect: Effect;
  /** Doing it twice changes nothing more. */
  readonly idempotent: boolean;
  readonly exempt: boolean;
  readonly waits: boolean;
  readonly repeats: Repeats<z.output<Input>>;
  readonly cli: {
    /** A noun and a verb, or one word that stands alone. */
    readonly path: readonly [word: string] | readonly [noun: string, verb: string];
    /** Parameters given by position, in order; a last array parameter takes the rest. */
    readonly positional: readonly string[];
    /** Another command for it, with a switch that is on: a question of its own to people. */
    readonly also?: {
      readonly path: readonly [noun: string, verb: string];
      readonly on: string;
      readonly description: string;
    };
  };
  readonly input: Input;
  readonly output: Output;
  readonly handle: (context: OperationContext, input: z.output<Input>) => Promise<z.output<Output>>;
  /** The same data for people. */
  readonly view: (output: z.output<Output>) => View;
  /** Exit code of the CLI for a success; 0 where it is not given. */
  readonly exitCode?: (output: z.output<Output>) => number;
}

type Optional = 'idempotent' | 'exempt' | 'waits' | 'repeats';

export function defineOperation<Input extends z.ZodObject, Output extends z.ZodObject>(
  definition: Omit<Operation<Input, Output>, Optional> & Partial<Pick<Operation, Optional>>,
): Operation {
  const operation = {
    idempotent: definition.effect === 'read',
    exempt: false,
    waits: false,
    repeats: { volatile: [] },
    ...definition,
    input: definition.input.strict(),
  };
  // A list of operations has one type; each handler is only ever called with what its own schema let through.
  return operation as unknown as Operation;
}
