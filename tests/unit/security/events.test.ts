import { describe, expect, it } from 'vitest';
import type { AuditRecord } from '../../../src/security/audit/record.js';
import { eventOf } from '../../../src/security/events.js';

const own = (operation: string, facts: Record<string, unknown>): AuditRecord => ({
  ...{ seq: 1, event_id: 'id', timestamp: '2026-11-20T08:00:00.000Z', mono: 1, boot: 'b', prev: '', mac: '' },
  ...{ event_type: 'security', actor: { caller: 'system:audit' }, action: { operation, arguments: facts } },
});

describe('what a record means', () => {
  it.each(['key', 'missing', 'shorter', 'changed', 'head_lost'])(
    'a file that begins because of %s is critical',
    (because) => {
      expect(eventOf(own('audit_file', { because }))).toEqual({ class: 'critical', word: 'audit_broken' });
    },
  );

  it.each(['first', 'size', 'age', 'constructor', 5, undefined])(
    'one that begins because of %s is nothing',
    (because) => {
      expect(eventOf(own('audit_file', { because }))).toBeUndefined();
    },
  );

  it('other records of the log are worth a look', () => {
    expect(eventOf(own('audit_gap', { lost: 3 }))).toEqual({ class: 'medium', word: 'audit_gap' });
    expect(eventOf(own('\u001b[31m', {}))).toEqual({ class: 'medium', word: 'event' });
  });
});

it('a call with something found in a text is an event, and a refusal is the graver word', () => {
  const called = (rule: string): AuditRecord => ({
    ...own('capture_pane', {}),
    event_type: 'tool_call',
    decision: { result: 'allow', rule },
    security: { injection: { confidence: 0.7, patterns: ['instruction_override'] } },
  });
  expect(eventOf(called('tool_invocation'))).toEqual({ class: 'high', word: 'injection_detected' });
  expect(eventOf(called('injection_detected'))).toEqual({ class: 'high', word: 'injection_detected' });
  expect(eventOf(called('locked_down'))).toEqual({ class: 'medium', word: 'locked_down' });
  expect(eventOf({ ...called('tool_invocation'), security: {} })).toBeUndefined();
});

describe('what a call means', () => {
  const called = (more: Partial<AuditRecord>): AuditRecord => ({
    ...own('kill_pane', {}),
    event_type: 'tool_call',
    ...more,
  });
  const denied = (rule: string, foreign = true): AuditRecord =>
    called({ decision: { result: 'deny', rule }, security: { foreign_target: foreign } });

  it('a denied call on what its caller did not create is critical, one that is only asked about is not', () => {
    for (const rule of ['authorization_denied', 'risk_blocked'])
      expect(eventOf(denied(rule))).toEqual({ class: 'critical', word: 'foreign_access' });
    expect(eventOf(denied('authorization_denied', false))).toEqual({ class: 'medium', word: 'authorization_denied' });
    expect(eventOf(denied('rate_limit_exceeded'))).toEqual({ class: 'low', word: 'rate_limit_exceeded' });
    const asked = called({
      decision: { result: 'confirm', rule: 'confirmation_required' },
      security: { foreign_target: true },
    });
    expect(eventOf(asked)).toEqual({ class: 'low', word: 'confirmation_required' });
  });

  it('redacted secrets are a low one, unless there is something graver', () => {
    expect(eventOf(called({ security: { redactions: 2 } }))).toEqual({ class: 'low', word: 'secrets_redacted' });
    expect(eventOf(called({ security: { redactions: 0 } }))).toBeUndefined();
    const both = called({ security: { redactions: 2, injection: { confidence: 1, patterns: [] } } });
    expect(eventOf(both)).toEqual({ class: 'high', word: 'injection_detected' });
    expect(eventOf(called({ decision: { result: 'allow', rule: 'identical_call' } }))).toBeUndefined();
  });
});

it('an alert is as grave as what it is about, and claims nothing that is no word of ours', () => {
  const raised = (facts: Record<string, unknown>): unknown => eventOf(own('alert_raised', facts));
  expect(raised({ rule: 'anomaly', class: 'high' })).toEqual({ class: 'high', word: 'alert:anomaly' });
  expect(raised({ rule: '\u001b[31m', class: 'worst' })).toEqual({ class: 'medium', word: 'alert' });
  expect(raised({})).toEqual({ class: 'medium', word: 'alert' });
});
