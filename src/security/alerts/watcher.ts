import { MONITOR } from '../../kernel/callers.js';
import type { Config } from '../../config/schema.js';
import type { Logger } from '../../kernel/logger.js';
import type { StateStore, Transaction } from '../../store/store.js';
import { type Anomaly, learn } from '../anomaly/habits.js';
import { isAtWork, parseWorkHours, type WorkHours } from '../anomaly/work-hours.js';
import { eventOf, type SecurityEvent } from '../events.js';
import type { AuditEvent, Decision } from '../audit/record.js';
import { type Alert, type Occurrence, raise } from './raised.js';
import { judge } from './rules.js';
import { alerts, foreignTarget, INVALID, isDenial, LIMITED, type SeenCall, whoOf } from './seen.js';
import { addTallies, NO_TALLY, type Tally } from './windows.js';

/** How much of something that has an end is used. */
export interface Pressure {
  readonly bound: string;
  readonly used: number;
  readonly limit: number;
}

/** What was found out here, beside the calls and events that it was told of. */
export interface Finding {
  readonly caller: string;
  readonly role: string | undefined;
  readonly word: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface WatcherOptions {
  readonly store: Pick<StateStore, 'transact'>;
  /** Read at each look. */
  readonly settings: () => Config['security'];
  /** Names the tmux server. */
  readonly server: () => string;
  readonly pressures: () => readonly Pressure[];
  /** Puts a finding on record. */
  readonly onFinding: (finding: Finding) => void;
  readonly onAlert: (alert: Alert) => void;
  readonly logger: Logger;
  readonly now?: () => Date;
}

/**
 * Looks at what happens, beside the calls: it only remembers what it is told, and writes and decides a moment later, in
 * one transaction for all of it.
 */
export interface Watcher {
  /** @param event what it means */
  readonly call: (seen: SeenCall, event: SecurityEvent | undefined) => void;
  /** Something that is no call. */
  readonly event: (event: AuditEvent) => void;
  /** Looks now. Never throws. */
  readonly look: () => Promise<void>;
  /** The last look. */
  readonly close: () => Promise<void>;
}

interface Caller {
  readonly role: string;
  tally: Tally;
  readonly operations: Set<string>;
  readonly targets: Set<string>;
  offHours: boolean;
}

interface Pending {
  readonly callers: Map<string, Caller>;
  readonly occurrences: Map<string, Occurrence>;
}

const LOOK_MS = 1000;
/** What alerts is not kept for long: the program may be killed. */
const SOON_MS = 50;
/** Callers and kinds of occurrences of one look; what is beyond is left out. */
const MAX_PENDING = 1000;
const OPERATOR = 'operator';

const nothing = (): Pending => ({ callers: new Map(), occurrences: new Map() });

class EventWatcher implements Watcher {
  readonly #options: WatcherOptions;
  readonly #now: () => Date;
  #pending = nothing();
  #timer: NodeJS.Timeout | undefined;
  #soon = false;
  #looking: Promise<void> | undefined;
  #closed = false;
  #hours: { readonly text: string; readonly hours: WorkHours } | undefined;
  readonly #pressedAt = new Map<string, number>();

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#now = options.now ?? ((): Date => new Date());
  }

  call(seen: SeenCall, event: SecurityEvent | undefined): void {
    const { call, decision } = seen;
    const { id, role } = call.caller;
    if (event !== undefined) this.#occur(event, id, call.operation?.name ?? '', call.correlationId);
    const allowed = decision.result === 'allow';
    const offHours = allowed && changes(call) && this.#isOffHours();
    if (role === OPERATOR && !offHours) return;
    const caller = this.#caller(id, role);
    if (caller === undefined) return;
    caller.tally = addTallies(caller.tally, tallyOf(decision));
    caller.offHours ||= offHours;
    if (allowed) this.#learn(caller, seen);
    this.#schedule(LOOK_MS);
  }

  #learn({ operations, targets }: Caller, seen: SeenCall): void {
    const { operation } = seen.call;
    if (operation !== undefined) operations.add(operation.name);
    const target = foreignTarget(seen);
    if (target !== undefined) targets.add(`${this.#options.server()} ${target}`);
  }

  event(event: AuditEvent): void {
    const { caller, correlationId } = whoOf(event);
    const meaning = eventOf(event);
    if (meaning !== undefined) this.#occur(meaning, caller, '', correlationId);
    if (caller !== OPERATOR || !this.#isOffHours()) return;
    const operator = this.#caller(OPERATOR, OPERATOR);
    if (operator !== undefined) operator.offHours = true;
    this.#schedule(LOOK_MS);
  }

  look(): Promise<void> {
    clearTimeout(this.#timer);
    [this.#timer, this.#soon] = [undefined, false];
    // One after the other: what a look cannot write goes into the next.
    return (this.#looking = (this.#looking ?? Promise.resolve()).then(() => this.#look()));
  }

  async close(): Promise<void> {
    await this.look();
    this.#closed = true;
  }

  #occur({ class: grave, word: rule }: SecurityEvent, caller: string, operation: string, correlationId?: string): void {
    const { occurrences } = this.#pending;
    const key = `${rule} ${caller}`;
    const known = occurrences.get(key);
    if (!alerts(this.#options.settings().alerts, { class: grave })) return;
    if (known === undefined && occurrences.size >= MAX_PENDING) return;
    occurrences.set(key, { rule, class: grave, caller, operation, correlationId, count: (known?.count ?? 0) + 1 });
    this.#schedule(SOON_MS);
  }

  #caller(id: string, role: string): Caller | undefined {
    const { callers } = this.#pending;
    const known = callers.get(id);
    if (known !== undefined || callers.size >= MAX_PENDING) return known;
    const made = { role, tally: NO_TALLY, operations: new Set<string>(), targets: new Set<string>(), offHours: false };
    callers.set(id, made);
    return made;
  }

  #isOffHours(): boolean {
    const { enabled, work_hours: text } = this.#options.settings().anomaly;
    if (!enabled || text === null) return false;
    if (this.#hours?.text !== text) this.#hours = { text, hours: parseWorkHours(text) };
    return !isAtWork(this.#hours.hours, this.#now());
  }

  #schedule(ms: number): void {
    const soon = ms === SOON_MS;
    if (this.#closed || (this.#timer !== undefined && (this.#soon || !soon))) return;
    clearTimeout(this.#timer);
    this.#soon = soon;
    this.#timer = setTimeout(() => void this.look(), ms).unref();
  }

  async #look(): Promise<void> {
    const pending = this.#pending;
    const pressed = this.#pressures();
    if (pending.callers.size === 0 && pending.occurrences.size === 0 && pressed.length === 0) return;
    this.#pending = nothing();
    const { store, onFinding, onAlert, logger } = this.#options;
    try {
      const { findings, alerts: raised } = await store.transact((tx) => this.#decide(tx, pending, pressed));
      for (const finding of findings) onFinding(finding);
      for (const alert of raised) onAlert(alert);
    } catch (error) {
      // Events are in the log all the same; only what they mean together is not told.
      logger.warn('events cannot be judged', { reason: error instanceof Error ? error.message : 'unknown' });
    }
  }

  #decide(tx: Transaction, pending: Pending, pressed: readonly Finding[]): { findings: Finding[]; alerts: Alert[] } {
    const settings = this.#options.settings();
    const findings = [...pressed];
    const occurrences = [...pending.occurrences.values()];
    const found = (finding: Finding, occurrence: Pick<Occurrence, 'class' | 'count' | 'operation'>): void => {
      findings.push(finding);
      occurrences.push({ ...occurrence, rule: finding.word, caller: finding.caller });
    };
    for (const { caller, word } of pressed)
      occurrences.push({ rule: word, class: 'high', caller, operation: '', count: 1 });
    for (const [caller, { role, tally, ...doings }] of pending.callers) {
      if (role !== OPERATOR)
        for (const { word, facts, class: grave, count } of judge(tx, caller, tally, settings.alerts))
          found({ caller, role, word, facts }, { class: grave, count, operation: '' });
      if (!settings.anomaly.enabled) continue;
      for (const anomaly of learn(tx, caller, { ...doings, calls: tally.calls }, role === OPERATOR))
        found(...anomalyFinding(caller, role, anomaly));
    }
    const raised = occurrences
      .filter((occurrence) => alerts(settings.alerts, occurrence))
      .map((occurrence) => raise(tx, occurrence, settings.alerts.cooldown_seconds * 1000));
    return { findings, alerts: raised.filter((alert) => alert !== undefined) };
  }

  /** What is nearly used up, once in each cooldown. */
  #pressures(): Finding[] {
    const { memory_ratio: ratio, cooldown_seconds: cooldown } = this.#options.settings().alerts;
    const now = performance.now();
    return this.#options.pressures().flatMap(({ bound, used, limit }) => {
      if (used <= ratio * limit) return [];
      const last = this.#pressedAt.get(bound);
      if (last !== undefined && now - last < Math.max(LOOK_MS, cooldown * 1000)) return [];
      this.#pressedAt.set(bound, now);
      return [{ caller: MONITOR, role: undefined, word: 'resource_exhaustion', facts: { bound, used, limit } }];
    });
  }
}

const changes = ({ operation }: SeenCall['call']): boolean => operation !== undefined && operation.effect !== 'read';

function tallyOf(decision: Decision): Tally {
  const { rule = '' } = decision;
  return {
    calls: 1,
    limited: LIMITED.has(rule) ? 1 : 0,
    invalid: INVALID.has(rule) ? 1 : 0,
    denied: isDenial(decision) ? 1 : 0,
  };
}

function anomalyFinding(
  caller: string,
  role: string,
  { kind, operation = '', calls }: Anomaly,
): [Finding, Pick<Occurrence, 'class' | 'count' | 'operation'>] {
  const person = role === OPERATOR;
  const facts = { kind, ...(operation === '' ? {} : { of: operation }), ...(calls === undefined ? {} : { calls }) };
  const word = person ? 'operator_outside_work_hours' : 'anomaly';
  return [
    { caller, role, word, facts: person ? {} : facts },
    { class: person ? 'medium' : 'high', count: calls ?? 1, operation },
  ];
}

/** Nothing is written before the first look. */
export function createWatcher(options: WatcherOptions): Watcher {
  const watcher = new EventWatcher(options);
  return {
    call: (seen, event) => {
      watcher.call(seen, event);
    },
    event: (event) => {
      watcher.event(event);
    },
    look: () => watcher.look(),
    close: () => watcher.close(),
  };
}
