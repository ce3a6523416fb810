import { describe, expect, it } from 'vitest';
import { ERROR_CODES, type ErrorCode, OrcError, toErrorObject } from '../../../src/kernel/errors.js';

/** Exit code and retryability of each code, as users and hosts are told. */
const TABLE: Record<ErrorCode, [exit: number, retryable: boolean]> = {
  INVALID_INPUT: [2, false],
  UNKNOWN_TOOL: [2, false],
  CONFIG_INVALID: [2, false],
  NOT_FOUND: [3, false],
  AMBIGUOUS: [3, false],
  DENIED: [4, false],
  CONFIRMATION_REQUIRED: [4, false],
  LOCKED_DOWN: [4, false],
  RATE_LIMITED: [5, true],
  BUDGET_EXCEEDED: [5, false],
  LOOP_DETECTED: [5, false],
  CONFLICT: [6, false],
  TMUX_UNAVAILABLE: [7, true],
  CIRCUIT_OPEN: [7, true],
  TMUX_FAILED: [7, false],
  AGENT_UNREADY: [8, true],
  OUTCOME_UNKNOWN: [9, false],
  AUDIT_UNAVAILABLE: [7, true],
  TIMEOUT: [124, true],
  CANCELLED: [130, false],
  INTERNAL: [1, false],
};
const CODES = Object.keys(TABLE) as ErrorCode[];

describe('error codes', () => {
  it('have the exit codes and retryability of the contract', () => {
    const actual = Object.entries(ERROR_CODES).map(([code, { exit, retryable }]) => [code, [exit, retryable]]);
    expect(Object.fromEntries(actual)).toEqual(TABLE);
  });
});

describe('toErrorObject', () => {
  it.each(CODES)('gives %s its form', (code) => {
    const error = toErrorObject(new OrcError(code, 'What happened.'), 'id');
    expect(error).toEqual({
      ...{ code, message: 'What happened.', retryable: TABLE[code][1], correlation_id: 'id' },
      hint: expect.stringMatching(/.{5}/),
    });
  });

  it('carries hint, details and the wait, rounded up', () => {
    const cause = new Error('secret cause');
    const details = { candidates: ['@1'] };
    const error = toErrorObject(
      new OrcError('RATE_LIMITED', 'm', { hint: 'h', retryAfterMs: 0.2, details, cause }),
      'id',
    );
    expect(error).toEqual({ code: 'RATE_LIMITED', message: 'm', hint: 'h', retryable: true, retry_after_ms: 1, correlation_id: 'id', details }); // prettier-ignore
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  it.each([
    new Error('secret'),
    new TypeError('secret', { cause: new Error('secret') }),
    Object.assign(new Error('secret'), { code: 'NOT_FOUND', hint: 'secret', details: { secret: 'secret' } }),
    'secret',
    { code: 'CONFLICT', message: 'secret' },
    ['secret'],
    null,
    undefined,
    0,
    Symbol('secret'),
    () => 'secret',
  ])('makes anything unexpected INTERNAL without its text: %#', (thrown) => {
    const error = toErrorObject(thrown, '0190-id');
    expect(error).toMatchObject({ code: 'INTERNAL', retryable: false, correlation_id: '0190-id' });
    expect(error.hint).toContain('0190-id');
    expect(JSON.stringify(error)).not.toContain('secret');
    expect(error).not.toHaveProperty('details');
  });
});

describe('OrcError', () => {
  it('keeps what it was made of', () => {
    const cause = new Error('why');
    const error = new OrcError('CONFLICT', 'm', { cause, hint: 'h' });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'OrcError', code: 'CONFLICT', message: 'm', hint: 'h', cause });
    expect(new OrcError('CONFLICT', 'm')).not.toHaveProperty('cause');
  });
});
