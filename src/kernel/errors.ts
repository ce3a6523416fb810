/** Exit code and default retryability of every error code of the public contract. */
export const ERROR_CODES = {
  INVALID_INPUT: { exit: 2, retryable: false },
  UNKNOWN_TOOL: { exit: 2, retryable: false },
  CONFIG_INVALID: { exit: 2, retryable: false },
  NOT_FOUND: { exit: 3, retryable: false },
  AMBIGUOUS: { exit: 3, retryable: false },
  DENIED: { exit: 4, retryable: false },
  CONFIRMATION_REQUIRED: { exit: 4, retryable: false },
  LOCKED_DOWN: { exit: 4, retryable: false },
  RATE_LIMITED: { exit: 5, retryable: true },
  BUDGET_EXCEEDED: { exit: 5, retryable: false },
  LOOP_DETECTED: { exit: 5, retryable: false },
  CONFLICT: { exit: 6, retryable: false },
  TMUX_UNAVAILABLE: { exit: 7, retryable: true },
  CIRCUIT_OPEN: { exit: 7, retryable: true },
  TMUX_FAILED: { exit: 7, retryable: false },
  AUDIT_UNAVAILABLE: { exit: 7, retryable: true },
  AGENT_UNREADY: { exit: 8, retryable: true },
  OUTCOME_UNKNOWN: { exit: 9, retryable: false },
  TIMEOUT: { exit: 124, retryable: true },
  CANCELLED: { exit: 130, retryable: false },
  INTERNAL: { exit: 1, retryable: false },
} as const satisfies Record<string, { exit: number; retryable: boolean }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface OrcErrorOptions {
  /** What the caller can do next, one sentence. */
  readonly hint?: string;
  /** Milliseconds after which the same call can succeed. */
  readonly retryAfterMs?: number;
  /** Structured facts for programs, for example the candidates of an ambiguous target. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The wire form of an error, the same on MCP and in `--json`. */
export interface ErrorObject {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint: string;
  readonly retryable: boolean;
  readonly retry_after_ms?: number;
  readonly correlation_id: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error class. Messages are shown to callers: they say what was expected and what came, and never hold a
 * secret, an argument value, a path outside the project or a stack.
 */
export class OrcError extends Error {
  override readonly name = 'OrcError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(code: ErrorCode, message: string, options: OrcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
  }
}

const DEFAULT_HINTS: Partial<Record<ErrorCode, string>> = {
  CANCELLED: 'The caller cancelled this call; nothing more will happen for it.',
  TIMEOUT: 'Try again, or allow more time.',
  TMUX_UNAVAILABLE: 'Check that tmux is installed and its server answers: tmux list-sessions.',
};

/** Maps anything thrown to the wire form. Unexpected errors become INTERNAL and keep their text out of it. */
export function toErrorObject(thrown: unknown, correlationId: string): ErrorObject {
  if (!(thrown instanceof OrcError)) {
    return {
      code: 'INTERNAL',
      message: 'An unexpected error happened.',
      hint: `The log has the details under correlation id ${correlationId}.`,
      retryable: false,
      correlation_id: correlationId,
    };
  }
  return {
    code: thrown.code,
    message: thrown.message,
    hint: thrown.hint ?? DEFAULT_HINTS[thrown.code] ?? 'See the message.',
    retryable: ERROR_CODES[thrown.code].retryable,
    ...(thrown.retryAfterMs === undefined ? {} : { retry_after_ms: Math.ceil(thrown.retryAfterMs) }),
    correlation_id: correlationId,
    ...(thrown.details === undefined ? {} : { details: thrown.details }),
  };
}
