import type { OperationContext } from '../operations/define-operation.js';
import type { AppCall } from './dispatcher.js';
import type { CallTmux } from './risk/call-tmux.js';

type OfProgram = Pick<OperationContext, 'settings' | 'status' | 'security'>;

/**
 * What the handler of one call works with. A class for the sake of its getters: each object literal with getters of its
 * own gets a hidden class of its own in V8, which keeps them, and with them the whole call, until the whole heap is
 * collected.
 */
export class CallContext implements OperationContext {
  readonly #call: AppCall;
  readonly #tmux: CallTmux;
  readonly settings: OperationContext['settings'];
  readonly status: OperationContext['status'];
  readonly security: OperationContext['security'];
  readonly readable: OperationContext['readable'];
  readonly correlationId: string;
  readonly signal: AbortSignal;
  readonly progress: OperationContext['progress'];
  readonly clean: OperationContext['clean'];
  readonly inspect: OperationContext['inspect'];
  readonly sent: OperationContext['sent'];
  readonly wait: OperationContext['wait'];

  constructor(call: AppCall, tmux: CallTmux, { settings, status, security }: OfProgram) {
    this.#call = call;
    this.#tmux = tmux;
    this.settings = settings;
    this.status = status;
    this.security = security;
    this.readable = tmux.readable;
    this.correlationId = call.correlationId;
    this.signal = call.signal;
    this.progress = call.progress;
    this.clean = call.clean;
    this.inspect = call.inspect;
    this.sent = call.sent;
    this.wait = call.wait;
  }

  get tmux(): OperationContext['tmux'] {
    return this.#tmux.tmux();
  }

  get agents(): OperationContext['agents'] {
    return this.#tmux.agents();
  }

  readonly isEnding = (): boolean => this.#call.time?.isEnding() === true;
  readonly saw: OperationContext['saw'] = (state) => {
    this.#call.saw?.(state);
  };
}
