import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OrcError } from '../../../../src/kernel/errors.js';
import type { AuditLog } from '../../../../src/security/audit/log.js';
import type { AuditEvent } from '../../../../src/security/audit/record.js';
import type { WaitingCall } from '../../../../src/security/outer/concurrency.js';
import { auditLog, intentWritten } from '../../../../src/security/outer/audit-log.js';
import { compose } from '../../../../src/security/ring.js';
import { auditEvent, type AuditWorld, createAuditWorld } from '../../../support/audit-world.js';
import { call, operation } from '../calls.js';

/** A log that keeps what it is given, or refuses it. */
function createLog(refuses: () => OrcError | undefined = () => undefined): { log: AuditLog; events: AuditEvent[] } {
  const events: AuditEvent[] = [];
  const log: AuditLog = {
    record: (event) => events.push(event),
    commit: async (event) => {
      await Promise.resolve();
      const error = refuses();
      if (error !== undefined) throw error;
      events.push(event);
    },
    digest: (text) => `digest of ${String(text.length)}`,
    trouble: () => undefined,
    self: { caller: 'system:audit', pid: 7, pane: '%9', session_id: 'run' },
    close: () => Promise.resolve(),
  };
  return { log, events };
}

const run = (
  log: AuditLog,
  given: WaitingCall,
  handler: (inner: WaitingCall) => Promise<unknown>,
  enabled = true,
): Promise<unknown> =>
  compose<WaitingCall>(
    [
      auditLog({
        log,
        enabled: () => enabled,
        choices: (_, name) => (name === 'direction' ? new Set(['right', 'down']) : undefined),
      }),
      intentWritten(),
    ],
    handler,
  )(given);

const kill = operation({ name: 'kill_session', effect: 'destroy' });

describe('the audit layer', () => {
  it('records a read once, with what came back', async () => {
    const { log, events } = createLog();
    const data = { sessions: [{ id: '$0' }, { id: '$1' }], next_cursor: 'c' };
    expect(await run(log, call({ correlationId: 'c-1' }), async () => data)).toBe(data);
    expect(events).toMatchObject([
      {
        event_type: 'tool_call',
        correlation_id: 'c-1',
        actor: { caller: 'host:tests', role: 'host', client: 'tests', pid: 7, pane: '%9', session_id: 'run' },
        action: { operation: 'list_sessions', effect: 'read', arguments: {} },
        decision: { result: 'allow', rule: 'tool_invocation' },
        outcome: { status: 'ok', records_returned: 2, duration_ms: expect.any(Number) },
      },
    ]);
    expect(events[0]!.event_id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/);
  });

  it('has the intent of a change before it begins, and its outcome after', async () => {
    const { log, events } = createLog();
    const seen: number[] = [];
    await run(log, call({ name: 'kill_session', args: { session: 'work' }, operation: kill }), async () => {
      seen.push(events.length);
      return { killed: { id: '$3', name: 'work' }, agents: [] };
    });
    expect(seen).toEqual([1]);
    expect(events.map(({ outcome }) => outcome?.status)).toEqual(['pending', 'ok']);
    expect(new Set(events.map(({ event_id: id }) => id)).size).toBe(1);
    expect(events[0]).toMatchObject({ action: { operation: 'kill_session', effect: 'destroy' } });
    expect(events[0]!.action.target).toBeUndefined();
    expect(events[1]!.action.target).toBe('$3 work');
  });

  it('refuses a change whose intent cannot be written, and lets reads go on', async () => {
    const { log, events } = createLog(() => new OrcError('AUDIT_UNAVAILABLE', 'full'));
    let ran = false;
    const change = run(log, call({ name: 'kill_session', operation: kill }), async () => (ran = true));
    await expect(change).rejects.toMatchObject({ code: 'AUDIT_UNAVAILABLE' });
    expect(ran).toBe(false);
    expect(await run(log, call(), async () => 'read')).toBe('read');
    expect(events.map(({ outcome, decision }) => [outcome?.status, decision?.layer])).toEqual([
      ['refused', 'audit'],
      ['ok', undefined],
    ]);
  });

  it('leaves no rejection behind when another layer refuses first', async () => {
    const { log, events } = createLog(() => new OrcError('AUDIT_UNAVAILABLE', 'full'));
    const refuse = (): never => {
      throw new OrcError('RATE_LIMITED', 'slow');
    };
    const layer = auditLog<WaitingCall>({ log, enabled: () => true, choices: () => undefined });
    await expect(layer(call({ operation: kill }), refuse)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await new Promise((resolve) => setImmediate(resolve));
    expect(events).toMatchObject([{ decision: { result: 'deny', layer: 'rate_limit', rule: 'rate_limit_exceeded' } }]);
  });

  it.each([
    ['RATE_LIMITED', 'refused', 'deny', 'rate_limit', 'rate_limit_exceeded'],
    ['LOCKED_DOWN', 'refused', 'deny', 'lockdown', 'locked_down'],
    ['INVALID_INPUT', 'refused', 'deny', 'validation', 'tool_validation_failed'],
    ['CONFIRMATION_REQUIRED', 'refused', 'confirm', 'confirmation', 'authorization_denied'],
    ['NOT_FOUND', 'error', 'allow', undefined, 'tool_invocation'],
    ['OUTCOME_UNKNOWN', 'unknown', 'allow', undefined, 'tool_invocation'],
    ['CANCELLED', 'cancelled', 'allow', undefined, 'tool_invocation'],
  ] as const)('tells how a call ended: %s', async (code, status, result, layer, rule) => {
    const { log, events } = createLog();
    const error = new OrcError(code, 'no');
    await expect(run(log, call({ operation: kill }), () => Promise.reject(error))).rejects.toBe(error);
    expect(events.at(-1)).toMatchObject({ outcome: { status, error_code: code }, decision: { result, rule } });
    expect(events.at(-1)!.decision?.layer).toBe(layer);
  });

  it('shows nothing of an unexpected failure', async () => {
    const { log, events } = createLog();
    await expect(run(log, call(), () => Promise.reject(new Error('secret path')))).rejects.toThrow('secret path');
    expect(events[0]).toMatchObject({ outcome: { status: 'error', error_code: 'INTERNAL' } });
    expect(JSON.stringify(events)).not.toContain('secret');
  });

  it('records calls that name no operation, or could not be read', async () => {
    const { log, events } = createLog();
    const unknown = new OrcError('UNKNOWN_TOOL', 'no');
    const name = `${'x'.repeat(70)}\u001b[31m`;
    await expect(run(log, call({ name, operation: undefined }), () => Promise.reject(unknown))).rejects.toBe(unknown);
    const malformed = new OrcError('INVALID_INPUT', 'no');
    const unread = call({ name: undefined, operation: undefined, args: undefined, malformed });
    await expect(run(log, unread, () => Promise.reject(malformed))).rejects.toBe(malformed);
    expect(events).toMatchObject([
      { action: { operation: `${'x'.repeat(64)}...` }, decision: { rule: 'unknown_tool' } },
      { action: { operation: '' }, decision: { rule: 'request_validation_failed' } },
    ]);
  });

  it('holds no text of the caller', async () => {
    const { log, events } = createLog();
    const args = {
      ...{ target: '%3', text: 'token-1234567890', direction: 'down', lines: 5, ansi: true, nothing: null },
      ...{ env: { API_KEY: 'token-1234567890' }, command: ['echo', 'token-1234567890'], other: 'sideways' },
    };
    await run(log, call({ args }), async () => ({
      text: 'token-1234567890',
      session: { id: '$1', name: 'ghp_16C7e42F292c6912E7' },
    }));
    expect(JSON.stringify(events)).not.toContain('1234567890');
    expect(events[0]!.action).toMatchObject({
      target: '$1',
      arguments: {
        ...{ target: '%3', direction: 'down', lines: 5, ansi: true, nothing: null },
        text: { length: 16, digest: 'digest of 16' },
        env: { entries: 1, length: 30, digest: 'digest of 30' },
        command: { entries: 2, length: 27, digest: 'digest of 27' },
        other: { length: 8, digest: 'digest of 8' },
      },
    });
    let deep: unknown = 'end';
    for (let i = 0; i < 100_000; i++) deep = { deep };
    await run(log, call({ args: { deep } }), async () => ({}));
    expect(events.pop()!.action.arguments).toEqual({ deep: { entries: 1 } });
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`key${String(n)}\u0007`, n]));
    await run(log, call({ args: many }), async () => ({}));
    expect(Object.keys(events[1]!.action.arguments ?? {})).toHaveLength(33);
    expect(events[1]!.action.arguments).toMatchObject({ 'key0?': 0, more_arguments: 4968 });
  });

  it('holds what layers note and what was taken out of texts', async () => {
    const { log, events } = createLog();
    await run(log, call(), async (inner) => {
      inner.note?.({ risk: 'high', foreignTarget: true });
      inner.note?.({ decision: { layer: 'policy', rule: 'own' }, permissionUsed: 'pm' });
      return { stripped_sequences: 3, removed: { escapes: 1, controls: 2, hidden: 0 }, redactions: 4 };
    });
    expect(events[0]).toMatchObject({
      action: { risk: 'high' },
      decision: { result: 'allow', layer: 'policy', rule: 'own' },
      security: { foreign_target: true, permission_used: 'pm', stripped: 6, redactions: 4 },
    });
  });

  it('leaves out the looks of a command that follows panes, and everything when it is off', async () => {
    const { log, events } = createLog();
    await run(log, call({ counted: false }), async () => ({}));
    await run(log, call({ operation: kill }), async () => ({}), false);
    expect(events).toEqual([]);
    const error = new OrcError('NOT_FOUND', 'gone');
    await expect(run(log, call({ counted: false }), () => Promise.reject(error))).rejects.toBe(error);
    expect(events).toHaveLength(1);
  });
});

describe('with a log on disk', () => {
  let world: AuditWorld;
  beforeEach(() => {
    world = createAuditWorld();
  });
  afterEach(() => world.close());

  it('keeps records in the order of what happened, and gives texts digests that only the key can make', async () => {
    const log = world.open();
    await run(log, call({ args: { text: 'yes' }, operation: kill }), async () => ({}));
    await run(log, call({ args: { text: 'yes' } }), async () => ({}));
    await log.commit(auditEvent('last'));
    const records = world.records();
    expect(records.map(({ action, outcome }) => [action.operation, outcome?.status])).toEqual([
      ['audit_file', undefined],
      ['kill_session', 'pending'],
      ['kill_session', 'ok'],
      ['list_sessions', 'ok'],
      ['last', undefined],
    ]);
    const digests = records.flatMap(
      ({ action }) => (action.arguments?.text as { digest: string } | undefined)?.digest ?? [],
    );
    expect(new Set(digests)).toEqual(new Set([world.key().digest('yes')]));
    expect(digests[0]).toMatch(/^[0-9a-f]{16}$/);
  });
});
