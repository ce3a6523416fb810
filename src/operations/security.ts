import * as z from 'zod';
import { defineOperation } from './define-operation.js';
import { given } from './place.js';
import type { AlertFacts } from './security-facts.js';
import type { View } from './view.js';

const MAX_EVENTS = 100;
const CLASSES = ['critical', 'high', 'medium', 'low'] as const;

const statusOutput = z.object({
  profile: z.string(),
  lockdown: z.object({
    active: z.boolean().describe('Only reads go on'),
    since: z.string().optional().describe('ISO 8601'),
    by: z.string().optional(),
    reason: z.string().optional(),
  }),
  layers: z.array(z.object({ name: z.string(), on: z.boolean() })).describe('What every call passes'),
  audit: z.object({
    enabled: z.boolean(),
    records: z.int().describe('Number of the last record'),
    last_at: z.string().optional().describe('ISO 8601'),
    trouble: z.string().optional().describe('Why nothing can be recorded now; then only reads go on'),
  }),
  last_24_hours: z
    .object({
      calls: z.int(),
      refused: z.int().describe('By a limit, a check or a lockdown'),
      redactions: z.int().describe('Secrets replaced in results'),
      stripped_sequences: z.int().describe('Terminal sequences, controls and hidden characters removed from results'),
    })
    .optional()
    .describe('Of all processes of the user; missing while their store does not answer'),
  alerting: z
    .object({
      min_class: z.enum(CLASSES).describe('Least class of events that alerts'),
      webhook: z.boolean().describe('Alerts are posted to an address'),
      command: z.boolean().describe('Alerts are given to a program'),
      last: z
        .array(
          z.object({
            at: z.string().describe('ISO 8601'),
            class: z.enum(CLASSES),
            rule: z.string(),
            caller: z.string(),
            count: z.int().describe('How often when it alerted'),
            suppressed: z.int().describe('How often since, too soon to alert again'),
          }),
        )
        .optional()
        .describe('One for each rule and caller, newest first; missing while the store does not answer'),
    })
    .describe('What the operator is told of at once'),
  events: z
    .array(
      z.object({
        at: z.string().describe('ISO 8601'),
        class: z.enum(CLASSES),
        event: z.string(),
        count: z.int().describe('How often in a row'),
        caller: z.string(),
        operation: z.string(),
        correlation_id: z.string().optional(),
      }),
    )
    .describe('Newest first'),
});

type Status = z.output<typeof statusOutput>;

type AlertRow = NonNullable<Status['alerting']['last']>[number];

function alertRow({ at, class: grave, rule, caller, count, suppressed }: AlertFacts): AlertRow {
  return { at: new Date(at).toISOString(), class: grave, rule, caller, count, suppressed };
}

function alertLine({ min_class: grave, webhook, command, last = [] }: Status['alerting']): string {
  const sinks = ['log', ...(webhook ? ['webhook'] : []), ...(command ? ['command'] : [])].join(', ');
  const [newest] = last;
  const latest = newest === undefined ? 'none' : `the last at ${newest.at}: ${newest.rule} of ${newest.caller}`;
  return `from ${grave} on, to ${sinks}; ${latest}`;
}

function view({ profile, lockdown, layers, audit, last_24_hours: counts, alerting, events }: Status): View {
  const off = layers.filter(({ on }) => !on).map(({ name }) => name);
  const lastAt = audit.last_at === undefined ? '' : `, the last at ${audit.last_at}`;
  const facts: [string, string][] = [
    [
      'lockdown',
      lockdown.active
        ? `ON${lockdown.since === undefined ? '' : ` since ${lockdown.since}`}: only reads go on${lockdown.reason === undefined ? '' : ` (${lockdown.reason})`}`
        : 'off',
    ],
    ['profile', profile],
    ['layers', off.length === 0 ? 'all on' : `off: ${off.join(', ')}`],
    ['audit', audit.trouble ?? (audit.enabled ? `${String(audit.records)} records${lastAt}` : 'off')],
  ];
  if (counts !== undefined)
    facts.push([
      '24 hours',
      `${String(counts.calls)} calls, ${String(counts.refused)} refused, ${String(counts.redactions)} secrets redacted`,
    ]);
  facts.push(['alerts', alertLine(alerting)]);
  return {
    facts,
    table: {
      columns: ['TIME', 'CLASS', 'EVENT', 'COUNT', 'CALLER', 'OPERATION'],
      rows: events.map(({ at, class: kind, event, count, caller, operation }) => [
        ...[at, kind, event, String(count), caller, operation],
      ]),
    },
  };
}

const getSecurityStatus = defineOperation({
  name: 'get_security_status',
  title: 'Security status',
  description:
    'Tells whether a lockdown is on, which protections are on, what was refused and redacted in the last 24 hours, how the audit log stands, the last alerts and the last security events.',
  toolset: 'ops',
  effect: 'read',
  // Each look is a call, and a record, of its own.
  repeats: { volatile: ['audit.records', 'audit.last_at', 'last_24_hours', 'alerting.last.at'] },
  cli: { path: ['security', 'status'], positional: [] },
  input: z.object({
    events: z.int().min(0).max(MAX_EVENTS).default(10).describe('How many of the last events to give'),
  }),
  output: statusOutput,
  handle: async (context, input) => {
    const { profile, layers, lockdown, audit, counts, alerting, events } = await context.security(input.events);
    const iso = (ms: number | undefined): string | undefined =>
      ms === undefined ? undefined : new Date(ms).toISOString();
    return {
      profile,
      lockdown: {
        active: lockdown.active,
        ...given('since', iso(lockdown.since)),
        ...given('by', lockdown.by),
        ...given('reason', lockdown.reason),
      },
      layers: layers.map((layer) => ({ ...layer })),
      audit: {
        enabled: audit.enabled,
        records: audit.records,
        ...given('last_at', iso(audit.lastAt)),
        ...given('trouble', audit.trouble),
      },
      ...given(
        'last_24_hours',
        counts && {
          calls: counts.calls,
          refused: counts.refused,
          redactions: counts.redactions,
          stripped_sequences: counts.strippedSequences,
        },
      ),
      alerting: {
        min_class: alerting.minClass,
        webhook: alerting.webhook,
        command: alerting.command,
        ...given('last', alerting.last?.map(alertRow)),
      },
      events: events.map(({ at, class: kind, word, caller, operation, correlationId, count }) => ({
        ...{ at, class: kind, event: word, count, caller, operation },
        ...given('correlation_id', correlationId),
      })),
    };
  },
  view,
});

export const securityOperations = [getSecurityStatus];
