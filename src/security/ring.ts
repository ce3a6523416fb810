import type { OrcError } from '../kernel/errors.js';
import type { ManagedAgent } from '../store/managed-agents.js';
import type { Transaction } from '../store/store.js';
import type { SecurityRole } from './text/roles.js';
import type { Standing } from './trust/standing.js';

/** Where a call came in; `system`: our own background work made it. */
export type Surface = 'mcp' | 'cli' | 'system';

export type Role = SecurityRole;

/** Who asks, as the program found out; never from arguments. */
export interface Caller {
  /** For example `operator`, `host:claude`, `agent:build`. */
  readonly id: string;
  readonly role: Role;
  /** Id of the key it came with. */
  readonly key?: string;
  /** The managed pane that it was started in. */
  readonly agent?: ManagedAgent | undefined;
}

/** What layers found out about a call, for its record. */
export interface CallFacts {
  readonly risk?: string | undefined;
  /** Which layer decided, and by which rule; where it is not told, the error code tells. */
  readonly decision?: { readonly layer?: string | undefined; readonly rule?: string | undefined };
  readonly permissionUsed?: string | undefined;
  readonly foreignTarget?: boolean | undefined;
  readonly redactions?: number | undefined;
  readonly injection?: { readonly confidence: number; readonly patterns: readonly string[] } | undefined;
}

/** The time of a call, which whatever it does has to share. */
export interface CallTime {
  /** When its last step has to be over, in monotonic milliseconds; a little before the call itself is. */
  readonly end: number;
  /**
   * Said just before each change is sent.
   * @throws OrcError when the call is over: who has been told that it ended must not find it done afterwards
   */
  readonly begin: () => void;
  /** Whether it is time to give what there is. */
  readonly isEnding: () => boolean;
}

/** One call on its way through the rings. Layers read it, and may narrow what follows; they never change the request. */
export interface Call {
  /** Name as the caller gave it; undefined when it gave none that is a string. */
  readonly name: string | undefined;
  /** Arguments as the caller gave them, unchecked. */
  readonly args: unknown;
  readonly surface: Surface;
  readonly caller: Caller;
  /** How it stands with the operator; undefined where nothing has looked. */
  readonly standing?: Standing | undefined;
  /** False for one of many looks that belong to a command which was counted when it began. */
  readonly counted: boolean;
  readonly correlationId: string;
  /** Aborts when the caller cancels, goes away, or the deadline passes. */
  readonly signal: AbortSignal;
  /** How much time it has; undefined until the deadline is known. */
  readonly time?: CallTime | undefined;
  /** For a call of what there is not: names of what the surface offers. Nothing else is suggested to a caller. */
  readonly offered: readonly string[];
  /** What is called, when there is such an operation. */
  readonly operation: CalledOperation | undefined;
  /** Why the call could not be read at all; the outer ring sees such calls too. */
  readonly malformed: OrcError | undefined;
  /** Settles when the intent of a change is recorded; rejects with what the caller has to be told. */
  readonly intent?: Promise<void> | undefined;
  /** Adds to the record of the call. Undefined when there is none. */
  readonly note?: ((facts: CallFacts) => void) | undefined;
  /** Tells the caller something beside the result. */
  readonly warn?: ((text: string) => void) | undefined;
  /** Decides what else bounds the call, in the transaction that admits it. @returns why it is refused */
  readonly admit?: ((tx: Transaction) => OrcError | undefined) | undefined;
  /** For a handler: what it finds where it is about to write, without which the result tells nothing. */
  readonly saw?: ((state: readonly unknown[]) => void) | undefined;
}

/** What layers need to know of an operation. */
export interface CalledOperation {
  readonly name: string;
  readonly effect: 'read' | 'write' | 'destroy';
  /** Never refused by limits: what stops things, and what an operator needs to recover. */
  readonly exempt: boolean;
  /** Waits for something outside, bounded by its own clamp instead of the tool deadline. */
  readonly waits: boolean;
  readonly repeats: RepeatRules;
}

/** How calls of an operation that repeat themselves are judged. */
export interface RepeatRules {
  /** Fields of the result that differ though nothing else has changed; dots lead into objects. */
  readonly volatile: readonly string[];
  /** Whether repeating a call with these arguments is what the operation is for. */
  allowed?(args: unknown): boolean;
  /** What to do instead, one sentence. */
  readonly instead?: string;
}

/** One layer: does its part, then calls `next` once, or throws an OrcError. */
export type Layer<Context extends Call> = (
  call: Context,
  next: (call: Context) => Promise<unknown>,
) => Promise<unknown>;

/**
 * Nests layers, first is outermost, around `innermost`.
 * A layer that calls `next` twice would run the call twice; that is a programming error and throws.
 */
export function compose<Context extends Call>(
  layers: readonly Layer<Context>[],
  innermost: (call: Context) => Promise<unknown>,
): (call: Context) => Promise<unknown> {
  return layers.reduceRight<(call: Context) => Promise<unknown>>((next, layer) => {
    return (call) => {
      let called = false;
      return layer(call, (passed) => {
        if (called) throw new Error('a layer called next twice');
        called = true;
        return next(passed);
      });
    };
  }, innermost);
}
