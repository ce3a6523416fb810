/**
 * Every error code of the public contract: the CLI's exit code, whether trying again can help, when it comes, and what
 * to do where the error itself does not say.
 */
export const ERROR_CODES = {
  INVALID_INPUT: {
    exit: 2,
    retryable: false,
    when: 'An argument is missing, unknown or not allowed',
    advice: 'Correct the argument that the message names.',
  },
  UNKNOWN_TOOL: {
    exit: 2,
    retryable: false,
    when: 'There is no tool of this name',
    advice: 'List the tools; the message names the nearest one.',
  },
  CONFIG_INVALID: {
    exit: 2,
    retryable: false,
    when: 'A setting is unknown or has a wrong value',
    advice: 'Correct the setting that the message names.',
  },
  NOT_FOUND: {
    exit: 3,
    retryable: false,
    when: 'What was named does not exist, or no longer',
    advice: 'List what there is; names must match exactly.',
  },
  AMBIGUOUS: {
    exit: 3,
    retryable: false,
    when: 'Several things have this name',
    advice: 'Use one of the ids in details.',
  },
  DENIED: {
    exit: 4,
    retryable: false,
    when: 'A rule or the role of the caller forbids the call',
    advice: 'Do not repeat it; the operator can allow it.',
  },
  CONFIRMATION_REQUIRED: {
    exit: 4,
    retryable: false,
    when: 'The call is risky and nobody has confirmed it',
    advice: 'Let the user or the operator confirm it.',
  },
  LOCKED_DOWN: {
    exit: 4,
    retryable: false,
    when: 'A lockdown is on: only reads go on',
    advice: 'Wait until the operator ends it.',
  },
  RATE_LIMITED: {
    exit: 5,
    retryable: true,
    when: 'Too many calls came at once, or in a short time',
    advice: 'Wait for retry_after_ms, then send fewer.',
  },
  BUDGET_EXCEEDED: {
    exit: 5,
    retryable: false,
    when: 'The caller has used up its calls',
    advice: 'Wait until the count starts anew, or let the operator raise it.',
  },
  LOOP_DETECTED: {
    exit: 5,
    retryable: false,
    when: 'The same call was repeated with the same result',
    advice: 'Do something else: repeating it changes nothing.',
  },
  CONFLICT: {
    exit: 6,
    retryable: false,
    when: 'A name is taken, or the target is in the wrong state for the call',
    advice: 'Look at the target, then choose another name or time.',
  },
  TMUX_UNAVAILABLE: {
    exit: 7,
    retryable: true,
    when: 'tmux is missing or does not answer',
    advice: 'Check that tmux is installed and its server answers: tmux list-sessions.',
  },
  CIRCUIT_OPEN: {
    exit: 7,
    retryable: true,
    when: 'tmux failed several times in a row, so calls are held back for a while',
    advice: 'Wait for retry_after_ms.',
  },
  TMUX_FAILED: {
    exit: 7,
    retryable: false,
    when: 'tmux refused; its own text is in the message',
    advice: 'Change what tmux names, for example the size of the pane.',
  },
  AUDIT_UNAVAILABLE: {
    exit: 7,
    retryable: true,
    when: 'The call could not be recorded, so it was not made',
    advice: 'Check that the state folder can be written and has space.',
  },
  AGENT_UNREADY: {
    exit: 8,
    retryable: true,
    when: 'The pane or agent takes no input now, for example because a menu is open',
    advice: 'Try again when it is closed.',
  },
  OUTCOME_UNKNOWN: {
    exit: 9,
    retryable: false,
    when: 'A change was not confirmed in time and may still happen',
    advice: 'Look before you repeat it.',
  },
  TIMEOUT: {
    exit: 124,
    retryable: true,
    when: 'The call took too long and changed nothing',
    advice: 'Try again, or allow more time.',
  },
  CANCELLED: {
    exit: 130,
    retryable: false,
    when: 'The caller cancelled the call',
    advice: 'The caller cancelled this call. What it had already sent to tmux stays done.',
  },
  INTERNAL: {
    exit: 1,
    retryable: false,
    when: 'Anything unexpected: a bug',
    advice: 'The log has the details under the correlation id.',
  },
} as const satisfies Record<string, { exit: number; retryable: boolean; when: string; advice: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export interface OrcErrorOptions {
  /** What the caller can do next, one sentence. */
  readonly hint?: string;
  /** Milliseconds after which the same call can succeed. */
  readonly retryAfterMs?: number;
  /** Structured facts for programs, for example the candidates of an ambiguous target. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** Word for the record of the call, where the code says too little. Callers never see it. */
  readonly rule?: string;
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
  readonly rule: string | undefined;

  constructor(code: ErrorCode, message: string, options: OrcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details;
    this.rule = options.rule;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof OrcError && error.code === 'NOT_FOUND';
}

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
    hint: thrown.hint ?? ERROR_CODES[thrown.code].advice,
    retryable: ERROR_CODES[thrown.code].retryable,
    ...(thrown.retryAfterMs === undefined ? {} : { retry_after_ms: Math.ceil(thrown.retryAfterMs) }),
    correlation_id: correlationId,
    ...(thrown.details === undefined ? {} : { details: thrown.details }),
  };
}
