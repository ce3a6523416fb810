import { correlationId } from '../kernel/correlation.js';
import type { Clock } from '../kernel/clock.js';
import { type ErrorObject, OrcError, toErrorObject } from '../kernel/errors.js';
import type { Logger } from '../kernel/logger.js';
import type { Operation, OperationContext } from '../operations/define-operation.js';
import type { View } from '../operations/view.js';
import type { WaitingCall } from '../security/outer/concurrency.js';
import { type Caller, compose, type Layer, type Surface } from '../security/ring.js';
import { type InspectedCall, inspectNothing } from '../security/inner/injection.js';
import { type FilteredCall, refuseOutput } from '../security/outer/output-filter.js';
import { parseInput } from './parse-input.js';

export interface DispatchRequest {
  /** Undefined when the caller gave none that is a string. */
  readonly name: string | undefined;
  readonly args: unknown;
  readonly surface: Surface;
  /** What an MCP client calls itself. */
  readonly client?: string | undefined;
  /** The first call of a command was counted, and this is another read that it makes by itself. */
  readonly goesOn?: boolean;
  /** The person who makes it has said yes to what is risky in it. */
  readonly confirmed?: boolean;
  readonly signal?: AbortSignal;
  readonly progress?: (done: number, message: string) => void;
  /** Why the request could not be read; it passes the outer ring all the same. */
  readonly malformed?: OrcError;
}

interface Meta {
  readonly correlationId: string;
  readonly durationMs: number;
}

export type DispatchResult =
  | { readonly ok: true; readonly data: Record<string, unknown>; readonly view: View; readonly meta: Meta }
  | { readonly ok: false; readonly error: ErrorObject; readonly meta: Meta };

/** The one way in: every call of every surface, unknown and malformed ones too. Never throws. */
export interface Dispatcher {
  readonly dispatch: (request: DispatchRequest) => Promise<DispatchResult>;
  /** What a surface offers to a caller: nothing that its role may not call. */
  readonly operations: (surface: Surface, caller: Caller) => readonly Operation[];
}

/** A call with what handlers need besides their input. */
export interface AppCall extends WaitingCall, FilteredCall, InspectedCall {
  readonly confirmed: boolean;
}

export interface DispatcherOptions {
  readonly operations: (surface: Surface) => readonly Operation[];
  /** Found out anew for each call; nothing that a caller sends has a part in it but what a client calls itself. */
  readonly callerOf: (request: DispatchRequest) => Promise<Caller>;
  /** Whether a caller may call an operation at all, by its role. */
  readonly permits: (caller: Caller, operation: Operation) => boolean;
  /** First is outermost. They see the call as it came. */
  readonly outer: readonly Layer<AppCall>[];
  /** They see a known operation with arguments of the right form. */
  readonly inner: readonly Layer<AppCall>[];
  readonly context: (call: AppCall) => OperationContext;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What is wrong with the program and does not fail the call; people and models are told beside the result. */
  readonly warning?: () => string | undefined;
  /** Told of the end of each call that is none of our own. */
  readonly called?: () => void;
}

function viewOf(operation: Operation | undefined, data: Record<string, unknown>, warnings: readonly string[]): View {
  const view = operation?.view(data) ?? {};
  if (warnings.length === 0) return view;
  return { ...view, note: [...(view.note === undefined ? [] : [view.note]), ...warnings].join('\n') };
}

/** A call as it comes in: what layers add is empty, or refuses. */
function callOf(
  request: DispatchRequest,
  operation: Operation | undefined,
  caller: Caller,
): Omit<AppCall, 'offered' | 'correlationId' | 'warn'> {
  const { name, args, surface, malformed } = request;
  return {
    ...{ caller, name, args, surface, operation, malformed },
    counted: request.goesOn !== true || caller.role !== 'operator' || operation?.effect !== 'read',
    signal: request.signal ?? new AbortController().signal,
    confirmed: request.confirmed === true,
    wait: (work) => work(),
    progress: request.progress ?? (() => undefined),
    clean: refuseOutput,
    inspect: inspectNothing,
    sent: undefined,
  };
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  const { clock, logger } = options;
  const byName = (surface: Surface): ReadonlyMap<string, Operation> =>
    new Map(options.operations(surface).map((operation) => [operation.name, operation]));
  const surfaces = { mcp: byName('mcp'), cli: byName('cli'), system: byName('system') };
  const offered = (surface: Surface, caller: Caller): Operation[] =>
    [...surfaces[surface].values()].filter((operation) => options.permits(caller, operation));

  const find = (surface: Surface, name: string | undefined): Operation | undefined =>
    name === undefined ? undefined : surfaces[surface].get(name);

  const inner = compose(options.inner, (call) => {
    const operation = find(call.surface, call.name);
    if (operation === undefined) throw new OrcError('INTERNAL', 'An unexpected error happened.');
    return operation.handle(options.context(call), call.args as never);
  });
  const ring = compose(options.outer, (call) => {
    const operation = find(call.surface, call.name);
    if (operation === undefined) throw new OrcError('UNKNOWN_TOOL', 'There is no such tool.');
    return inner({ ...call, args: parseInput(operation.input, call.args) });
  });

  const dispatch: Dispatcher['dispatch'] = async (request) => {
    const id = correlationId(clock.now());
    const started = clock.mono();
    const operation = find(request.surface, request.name);
    const warnings: string[] = [];
    const caller = await options.callerOf(request);
    const call: AppCall = {
      ...callOf(request, operation, caller),
      // Only a guess at a name that there is not needs them.
      offered: operation === undefined ? offered(request.surface, caller).map(({ name }) => name) : [],
      correlationId: id,
      warn: (text) => warnings.push(text),
    };
    const meta = (): Meta => ({ correlationId: id, durationMs: Math.round((clock.mono() - started) * 1000) / 1000 });
    try {
      const data = (await ring(call)) as Record<string, unknown>;
      const always = options.warning?.();
      if (always !== undefined) warnings.push(always);
      return { ok: true, data, view: viewOf(operation, data, warnings), meta: meta() };
    } catch (thrown) {
      const error = toErrorObject(thrown, id);
      if (error.code === 'INTERNAL')
        logger.error('call failed unexpectedly', {
          correlation_id: id,
          operation: operation?.name,
          error: thrown instanceof Error ? thrown.stack : 'not an error',
        });
      return { ok: false, error, meta: meta() };
    } finally {
      if (request.surface !== 'system') options.called?.();
    }
  };

  return { dispatch, operations: offered };
}
