/** What tmux answered to one line. Bodies are the exact bytes it printed. */
export type Reply = { readonly ok: true; readonly body: Buffer } | { readonly ok: false; readonly error: string };

export interface TmuxRequest {
  /** One line from `encode`. */
  readonly line: string;
  /**
   * `single`: one command whose reply may hold anything, a pane's content included. `list`: several commands or an
   * if-shell, whose replies are words of ours.
   */
  readonly shape: 'single' | 'list';
}

/**
 * How tmux could not be asked. `unsent`: it certainly never got the line. `timeout` and `lost`: it may have, or may
 * still run it. `ended`: the server ended while it was asked. `no-server`: there is no server to ask.
 */
export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
  readonly kind: 'unsent' | 'timeout' | 'lost' | 'ended' | 'no-server';
  /** The caller had less time left than tmux is given: its silence tells nothing about tmux. */
  readonly hurried: boolean;

  constructor(kind: TransportFailure['kind'], message: string, hurried = false) {
    super(message);
    this.kind = kind;
    this.hurried = hurried;
  }
}

/** A way to a tmux server. */
export interface Transport {
  /**
   * Sends one line and settles with its reply.
   * @param timeoutMs counts from the call.
   * @throws TransportFailure
   */
  readonly request: (request: TmuxRequest, timeoutMs: number) => Promise<Reply>;
}
