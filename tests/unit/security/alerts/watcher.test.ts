import { beforeEach, describe, expect, it } from 'vitest';
import { configSchema } from '../../../../src/config/schema.js';
import { OrcError } from '../../../../src/kernel/errors.js';
import { createJsonLogger } from '../../../../src/kernel/logger.js';
import { type Alert, lastAlerts } from '../../../../src/security/alerts/raised.js';
import { eventOfCall } from '../../../../src/security/alerts/seen.js';
import { createWatcher, type Finding, type Pressure, type Watcher } from '../../../../src/security/alerts/watcher.js';
import { decisionOf } from '../../../../src/security/audit/call-event.js';
import { ownEvent } from '../../../../src/security/audit/record.js';
import type { CallFacts } from '../../../../src/security/ring.js';
import { createMemoryStore } from '../../../../src/store/memory-store.js';
import { StoreError, type StateStore } from '../../../../src/store/store.js';
import { fakeBootClock } from '../../../support/store-world.js';
import { call, operation } from '../calls.js';

type Security = ReturnType<typeof configSchema.parse>['security'];

let settings: Security;
let store: StateStore;
let time: ReturnType<typeof fakeBootClock>;
let transactions: number;
let findings: Finding[];
let raised: Alert[];
let pressed: Pressure[];
let logged: string[];
let watcher: Watcher;
let now: Date;

const open = (): Watcher =>
  createWatcher({
    store: {
      transact: (body, options) => {
        transactions++;
        return store.transact(body, options);
      },
    },
    ...{ settings: () => settings, server: () => 'server', pressures: () => pressed, now: () => now },
    onFinding: (finding) => findings.push(finding),
    onAlert: (alert) => raised.push(alert),
    logger: createJsonLogger((line) => logged.push(line), 'warn'),
  });
const use = (alerts: object = {}, anomaly: object = {}): void => {
  settings = configSchema.parse({ security: { alerts, anomaly } }).security;
};

beforeEach(() => {
  use();
  time = fakeBootClock();
  store = createMemoryStore(time.clock);
  [transactions, findings, raised, pressed, logged] = [0, [], [], [], []];
  now = new Date(2026, 10, 20, 12);
  watcher = open();
});

type Given = Parameters<typeof call>[0];
function happen(error?: OrcError, given: Given = {}, facts: CallFacts = {}, by = watcher): void {
  const made = call(given);
  const decision = decisionOf(made, error, facts);
  const seen = { call: made, decision, facts, result: error === undefined ? {} : undefined };
  by.call(seen, eventOfCall(seen));
}
const times = (count: number, error?: OrcError, given?: Given, facts?: CallFacts): void => {
  for (let n = 0; n < count; n++) happen(error, given, facts);
};
const words = (): string[] => findings.map(({ word }) => word);
const rules = (): string[] => raised.map(({ rule }) => rule);
const fails = (code: ConstructorParameters<typeof OrcError>[0], rule?: string): OrcError =>
  new OrcError(code, 'x', rule === undefined ? {} : { rule });
const other = { caller: { id: 'host:other', role: 'host' as const } };
const write = { operation: operation({ name: 'send_keys', effect: 'write' }) };

describe('calls', () => {
  it('cost no transaction of their own, and a look at nothing costs none', async () => {
    times(500);
    expect(transactions).toBe(0);
    await watcher.look();
    expect(transactions).toBe(1);
    await watcher.look();
    expect(transactions).toBe(1);
    expect([findings, raised]).toEqual([[], []]);
  });

  it('of the operator at a command line are not written down', async () => {
    times(5, undefined, { caller: { id: 'operator', role: 'operator' } });
    await watcher.close();
    expect(transactions).toBe(0);
  });

  it('are looked at by themselves after a moment', async () => {
    times(1, fails('BUDGET_EXCEEDED'), write);
    await expect.poll(rules, { timeout: 2000 }).toEqual(['budget_exhausted']);
  });
});

describe('rules', () => {
  it('rate_limit_sustained: more than a tenth of the calls of a caller', async () => {
    times(18);
    times(2, fails('RATE_LIMITED'));
    await watcher.look();
    expect(findings).toEqual([]);
    times(1, fails('RATE_LIMITED'));
    await watcher.look();
    const facts = { calls: 21, limited: 3, window_seconds: 300 };
    expect(findings).toEqual([{ caller: 'host:tests', role: 'host', word: 'rate_limit_sustained', facts }]);
    expect(raised).toMatchObject([{ rule: 'rate_limit_sustained', class: 'high', count: 3, caller: 'host:tests' }]);
    // It counts anew.
    times(5);
    await watcher.look();
    expect(findings).toHaveLength(1);
  });

  it('rate_limit_sustained: nothing of few calls, of other callers, or of long ago', async () => {
    times(9, fails('RATE_LIMITED'));
    await watcher.look();
    times(30, undefined, other);
    await watcher.look();
    time.pass(301_000);
    times(10);
    await watcher.look();
    expect(findings).toEqual([]);
  });

  it('validation_failed: five of one caller in the window alert as the config is', async () => {
    const failures = [
      [fails('INVALID_INPUT'), {}],
      [fails('INVALID_INPUT', 'path_traversal'), {}],
      [fails('INVALID_INPUT', 'command_injection'), {}],
    ] as const;
    use({ min_class: 'high' });
    for (const [error] of [...failures.slice(0, 1), ...failures.slice(0, 1)]) happen(error);
    const malformed = fails('INVALID_INPUT');
    happen(malformed, { malformed });
    happen(fails('INVALID_INPUT'));
    await watcher.look();
    expect(words()).toEqual([]);
    happen(fails('INVALID_INPUT'), other);
    await watcher.look();
    expect(words()).toEqual([]);
    happen(fails('INVALID_INPUT'));
    await watcher.look();
    expect(words()).toEqual(['validation_failed']);
    expect(raised).toMatchObject([{ rule: 'validation_failed', class: 'high', caller: 'host:tests', count: 5 }]);
  });

  it.each([
    { layer: 'policy', rule: 'operation_not_permitted' },
    { layer: 'policy', rule: 'spawn_fan_out' },
    { layer: 'policy', rule: 'path_not_permitted' },
    { layer: 'policy', rule: 'foreign_access' },
    { layer: 'trust', rule: 'untrusted' },
    { layer: 'trust', rule: 'not_granted' },
    { layer: 'containment', rule: 'contained' },
    { layer: 'own_pane', rule: 'own_pane' },
    { layer: 'risk', rule: 'risk_blocked' },
  ])('denials_sustained counts $rule', async (decision) => {
    use({ min_class: 'critical', cooldown_seconds: 0 });
    for (let n = 0; n < 6; n++) happen(fails('DENIED'), {}, { decision });
    await watcher.look();
    expect(words()).toEqual(['denials_sustained']);
  });

  it('denials_sustained: a question that awaits its answer is no denial', async () => {
    use({ min_class: 'critical', cooldown_seconds: 0 });
    const decision = { layer: 'confirmation', rule: 'confirmation_required' };
    for (let n = 0; n < 8; n++) happen(fails('CONFIRMATION_REQUIRED'), {}, { decision });
    await watcher.look();
    expect(words()).toEqual([]);
  });

  it('denials_sustained: more than five denied in an hour, also over restarts of the program', async () => {
    use({ min_class: 'medium', cooldown_seconds: 0 });
    for (let n = 0; n < 5; n++) {
      happen(fails('DENIED'));
      await watcher.look();
      watcher = open();
      time.pass(60_000);
    }
    expect(words()).toEqual([]);
    happen(fails('DENIED'));
    await watcher.look();
    expect(findings).toMatchObject([{ word: 'denials_sustained', facts: { denied: 6 } }]);
    expect(raised.at(-1)).toMatchObject({ rule: 'denials_sustained', class: 'medium' });
    for (let n = 0; n < 6; n++) {
      happen(fails('DENIED'));
      await watcher.look();
      time.pass(900_000);
    }
    expect(words()).toHaveLength(1);
  });

  it('resource_exhaustion: more than the share of a bound, once in a cooldown', async () => {
    pressed = [{ bound: 'memory', used: 80, limit: 100 }];
    await watcher.look();
    expect(transactions).toBe(0);
    pressed = [{ bound: 'memory', used: 81, limit: 100 }];
    await watcher.look();
    await watcher.look();
    const facts = { bound: 'memory', used: 81, limit: 100 };
    expect(findings).toEqual([{ caller: 'system:monitor', role: undefined, word: 'resource_exhaustion', facts }]);
    expect(raised).toMatchObject([{ rule: 'resource_exhaustion', class: 'high' }]);
    happen(fails('RATE_LIMITED', 'resource_exhaustion'));
    await watcher.look();
    expect(raised.at(-1)).toMatchObject({ rule: 'resource_exhaustion', caller: 'host:tests' });
  });
});

describe('events', () => {
  it.each<[string, Alert['class'], OrcError | undefined, Given, CallFacts]>([
    ['command_injection', 'critical', fails('INVALID_INPUT', 'command_injection'), {}, {}],
    ['path_traversal', 'critical', fails('INVALID_INPUT', 'path_traversal'), {}, {}],
    ['foreign_access', 'critical', fails('DENIED'), write, { foreignTarget: true }],
    [
      'confirmed_foreign_destroy',
      'critical',
      undefined,
      write,
      { foreignTarget: true, decision: { rule: 'confirmed_foreign_destroy' } },
    ],
    ['audit_unavailable', 'critical', fails('AUDIT_UNAVAILABLE'), write, {}],
    ['budget_exhausted', 'high', fails('BUDGET_EXCEEDED'), write, {}],
    ['unknown_tool_throttled', 'high', fails('RATE_LIMITED'), {}, { decision: { rule: 'unknown_tool_throttled' } }],
    ['injection_detected', 'high', undefined, {}, { injection: { confidence: 0.9, patterns: [] } }],
    ['breaker_open', 'high', fails('CIRCUIT_OPEN'), {}, {}],
  ])('%s alerts as %s', async (rule, grave, error, given, facts) => {
    happen(error, given, facts);
    await watcher.look();
    expect(raised).toEqual([
      {
        ...{ rule, class: grave, caller: 'host:tests', operation: given?.operation?.name ?? 'list_sessions' },
        ...{ count: 1, correlationId: 'id', suppressed: 0 },
      },
    ]);
  });

  it.each<[string, OrcError, Given, CallFacts]>([
    ['denied', fails('DENIED'), write, {}],
    ['asked about what is not its own', fails('CONFIRMATION_REQUIRED'), write, { foreignTarget: true }],
    ['unknown', fails('UNKNOWN_TOOL'), { operation: undefined, name: 'guess' }, {}],
    ['a loop', fails('LOOP_DETECTED'), {}, {}],
    ['limited', fails('RATE_LIMITED'), {}, {}],
    ['not found', fails('NOT_FOUND'), {}, {}],
  ])('of less do not: %s', async (_, error, given, facts) => {
    happen(error, given, facts);
    await watcher.look();
    expect(raised).toEqual([]);
  });

  it('that are no calls alert too', async () => {
    const self = { caller: 'operator' };
    watcher.event(ownEvent(self, 'lockdown_entered', {}, 0, 'lockdown'));
    watcher.event(ownEvent(self, 'trust_granted', {}, 0, 'trust'));
    watcher.event(ownEvent(self, 'config_trust_revoked', {}, 0, 'trust'));
    watcher.event(ownEvent(self, 'config_changed', {}, 0, 'config'));
    watcher.event(ownEvent({ caller: 'system:audit' }, 'breaker_open', { failures: 5 }, 0));
    watcher.event(ownEvent({ caller: 'system:audit' }, 'audit_file', { because: 'changed' }, 0));
    watcher.event(ownEvent({ caller: 'system:audit' }, 'audit_file', { because: 'size' }, 0));
    await watcher.look();
    expect(raised.map(({ rule, class: grave }) => [rule, grave])).toEqual([
      ['lockdown_entered', 'critical'],
      ['trust_granted', 'critical'],
      ['breaker_open', 'high'],
      ['audit_broken', 'critical'],
    ]);
  });

  it('alert from the class on that the config names', async () => {
    use({ min_class: 'critical' });
    happen(fails('BUDGET_EXCEEDED'), write);
    times(6, fails('INVALID_INPUT'));
    await watcher.look();
    expect(rules()).toEqual([]);
    expect(words()).toEqual(['validation_failed']);
    use({ min_class: 'low' });
    happen(fails('RATE_LIMITED'));
    await watcher.look();
    expect(rules()).toEqual(['rate_limit_exceeded']);
  });

  it('name an operation only where there is one: a name may be any text of the caller', async () => {
    happen(fails('RATE_LIMITED', 'unknown_tool_throttled'), { operation: undefined, name: 'any text' });
    await watcher.look();
    expect(raised).toMatchObject([{ rule: 'unknown_tool_throttled', operation: '' }]);
    expect(JSON.stringify(raised)).not.toContain('any text');
  });
});

describe('cooldown', () => {
  it('holds for a rule and a caller, and tells how much it held back', async () => {
    const happens = async (count: number, given: Given = {}): Promise<void> => {
      times(count, fails('BUDGET_EXCEEDED'), { ...write, ...given });
      await watcher.look();
    };
    await happens(3);
    await happens(4);
    expect(raised).toMatchObject([{ count: 3, suppressed: 0 }]);
    await happens(1, other);
    expect(raised).toHaveLength(2);
    time.pass(299_000);
    await happens(1);
    expect(raised).toHaveLength(2);
    time.pass(2000);
    await happens(2);
    expect(raised.at(-1)).toMatchObject({ caller: 'host:tests', count: 2, suppressed: 5 });
  });

  it('holds for all processes together, which tell the last alerts alike', async () => {
    const second = open();
    happen(fails('BUDGET_EXCEEDED'), write);
    happen(fails('BUDGET_EXCEEDED'), write, {}, second);
    await Promise.all([watcher.look(), second.look()]);
    expect(raised).toHaveLength(1);
    const rows = await store.read((view) => lastAlerts(view, 10));
    expect(rows).toMatchObject([{ rule: 'budget_exhausted', caller: 'host:tests', count: 1, suppressed: 1 }]);
  });

  it('keeps a bounded number of rows', async () => {
    use({ cooldown_seconds: 300 });
    for (let n = 0; n < 510; n++)
      happen(fails('BUDGET_EXCEEDED'), { ...write, caller: { id: `host:${String(n)}`, role: 'host' } });
    await watcher.look();
    expect(raised).toHaveLength(510);
    expect(await store.read((view) => lastAlerts(view, 1000))).toHaveLength(500);
  });
});

describe('anomalies', () => {
  const known = async (): Promise<void> => {
    times(60);
    await watcher.look();
    time.pass(86_400_000);
  };

  it('are findings of class high, and refuse nothing', async () => {
    await known();
    happen(undefined, write, { foreignTarget: true });
    await watcher.look();
    expect(findings).toEqual([
      { caller: 'host:tests', role: 'host', word: 'anomaly', facts: { kind: 'first_use', of: 'send_keys' } },
    ]);
    expect(raised).toMatchObject([{ rule: 'anomaly', class: 'high', operation: 'send_keys' }]);
  });

  it('of a target name none, and a refused call shows none', async () => {
    await known();
    happen(fails('DENIED'), write);
    await watcher.look();
    expect(findings).toEqual([]);
    happen(undefined, { ...write, args: { target: '%7' } }, { foreignTarget: true });
    await watcher.look();
    expect(findings.map(({ facts }) => facts)).toEqual([
      { kind: 'first_use', of: 'send_keys' },
      { kind: 'new_target' },
    ]);
  });

  it('are not looked for when that is switched off', async () => {
    await known();
    use({}, { enabled: false, work_hours: '08:00-09:00' });
    happen(undefined, write);
    await watcher.look();
    expect(findings).toEqual([]);
  });

  it('outside the hours of work: changes of hosts, and what the operator does', async () => {
    use({ min_class: 'medium' }, { work_hours: '08:00-09:00' });
    happen();
    await watcher.look();
    expect(findings).toEqual([]);
    happen(undefined, write);
    happen(undefined, { ...write, caller: { id: 'operator', role: 'operator' } });
    await watcher.look();
    expect(findings.map(({ caller, word, facts }) => [caller, word, facts])).toEqual([
      ['host:tests', 'anomaly', { kind: 'outside_work_hours' }],
      ['operator', 'operator_outside_work_hours', {}],
    ]);
    expect(raised.map(({ rule, class: grave }) => [rule, grave])).toEqual([
      ['anomaly', 'high'],
      ['operator_outside_work_hours', 'medium'],
    ]);
    time.pass(3_600_000);
    findings = [];
    now = new Date(2026, 10, 20, 8, 30);
    happen(undefined, write);
    watcher.event(ownEvent({ caller: 'operator' }, 'audit_exported', {}, 0));
    await watcher.look();
    expect(findings).toEqual([]);
    now = new Date(2026, 10, 20, 22);
    watcher.event(ownEvent({ caller: 'operator' }, 'audit_exported', {}, 0));
    await watcher.look();
    expect(words()).toEqual(['operator_outside_work_hours']);
  });
});

it('a store that fails is told, and nothing throws', async () => {
  store = { ...store, transact: () => Promise.reject(new StoreError('busy', 'The store is busy.')) };
  happen(fails('BUDGET_EXCEEDED'), write);
  await watcher.close();
  expect(raised).toEqual([]);
  expect(logged.join('')).toContain('The store is busy.');
});
