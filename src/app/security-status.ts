import type { Config } from '../config/schema.js';
import type { EventFacts, SecurityFacts } from '../operations/security-facts.js';
import { lastAlerts } from '../security/alerts/raised.js';
import { isRefusal } from '../security/audit/call-event.js';
import { readHead } from '../security/audit/head.js';
import type { AuditLog } from '../security/audit/log.js';
import type { AuditRecord } from '../security/audit/record.js';
import { lastRecords } from '../security/audit/tail.js';
import type { Counted, Counters } from '../security/counters.js';
import { eventOf } from '../security/events.js';
import type { Lockdown } from '../security/lockdown.js';
import type { StateStore } from '../store/store.js';
import { auditFolder } from './audit.js';

export interface SecuritySources {
  readonly env: NodeJS.ProcessEnv;
  readonly config: () => Config;
  readonly store: StateStore;
  readonly audit: Pick<AuditLog, 'trouble'>;
  readonly counters: Pick<Counters, 'recent'>;
  readonly lockdown: Pick<Lockdown, 'check' | 'facts'>;
}

/** More than are shown, because the same one again and again is told once. */
const MAX_EVENTS = 5000;
/** Some hundred thousand calls: a status is asked for often, and events of long ago are for `audit tail`. */
const SEARCHED_BYTES = 33_554_432;
const HOURS = 24;
const MAX_ALERTS = 20;

function toEvent(record: AuditRecord): EventFacts[] {
  const event = eventOf(record);
  if (event === undefined) return [];
  const { timestamp: at, actor, action, correlation_id: correlationId } = record;
  return [{ at, ...event, caller: actor.caller, operation: action.operation, count: 1, correlationId }];
}

/** Puts the same event again and again into one, so that a flood of refusals hides nothing else. */
function grouped(newestFirst: readonly EventFacts[]): EventFacts[] {
  const groups: EventFacts[] = [];
  for (const event of newestFirst) {
    const last = groups.at(-1);
    const same = last?.word === event.word && last.caller === event.caller && last.operation === event.operation;
    if (same) groups[groups.length - 1] = { ...last, count: last.count + 1 };
    else groups.push(event);
  }
  return groups;
}

/** The last security events, newest first. @throws as `lastRecords` */
export async function lastEvents(env: NodeJS.ProcessEnv, count: number): Promise<EventFacts[]> {
  if (count === 0) return [];
  const isEvent = (record: AuditRecord): boolean => eventOf(record) !== undefined;
  const { records } = await lastRecords(auditFolder(env), MAX_EVENTS, isEvent, SEARCHED_BYTES);
  return grouped(records.flatMap(toEvent).reverse()).slice(0, count);
}

function layersOf({ security, mcp }: Config): SecurityFacts['layers'] {
  const always = [
    ...['grammar', 'exact_targets', 'output_filter', 'lockdown', 'policy', 'deadlines', 'concurrency'],
    ...['own_pane', 'risk', 'circuit_breaker', 'alerts'],
  ];
  return [
    ...always.map((name) => ({ name, on: true })),
    { name: 'audit', on: security.audit.enabled },
    { name: 'rate_limit', on: security.rate_limit.enabled },
    { name: 'budget', on: security.budget.enabled },
    { name: 'loop_detection', on: security.loop_detection.enabled },
    { name: 'unknown_tools', on: security.unknown_tools.enabled },
    { name: 'redaction_secrets', on: security.redaction.secrets },
    { name: 'redaction_pii', on: security.redaction.pii },
    { name: 'injection', on: security.injection.enabled },
    { name: 'anomaly', on: security.anomaly.enabled },
    { name: 'read_only', on: mcp.read_only },
  ];
}

function countsOf(counted: readonly Counted[]): NonNullable<SecurityFacts['counts']> {
  const sum = (name: Counted['name'], wanted: (outcome: string) => boolean = () => true): number =>
    counted
      .filter((row) => row.name === name && wanted(row.labels.outcome ?? ''))
      .reduce((total, { value }) => total + value, 0);
  return {
    calls: sum('calls_total'),
    refused: sum('calls_total', isRefusal),
    redactions: sum('redactions_total'),
    strippedSequences: sum('stripped_sequences_total'),
  };
}

/** What get_security_status tells; each call looks anew. What cannot be read is left out. */
export function securityStatus(sources: SecuritySources): (events: number) => Promise<SecurityFacts> {
  const { env, config, store, audit, counters, lockdown } = sources;
  return async (events) => {
    const trouble = audit.trouble();
    const { alerts: alerting } = config().security;
    const [active, facts, head, counted, raised, last] = await Promise.all([
      lockdown.check(),
      lockdown.facts().catch(() => undefined),
      store.read(readHead).catch(() => undefined),
      counters.recent(HOURS).catch(() => undefined),
      store.read((view) => lastAlerts(view, MAX_ALERTS)).catch(() => undefined),
      lastEvents(env, events).catch(() => []),
    ]);
    return {
      profile: config().profile,
      layers: layersOf(config()),
      lockdown: { active, ...(active ? facts : undefined) },
      audit: {
        enabled: config().security.audit.enabled,
        records: head?.seq ?? 0,
        ...(head === undefined || head.seq === 0 ? {} : { lastAt: head.wall }),
        ...(trouble === undefined ? {} : { trouble }),
      },
      ...(counted === undefined ? {} : { counts: countsOf(counted) }),
      alerting: {
        minClass: alerting.min_class,
        webhook: alerting.webhook_url !== null,
        command: alerting.command !== null,
        ...(raised === undefined ? {} : { last: raised }),
      },
      events: last,
    };
  };
}
