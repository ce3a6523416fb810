import type { Counted } from '../security/counters.js';
import { DURATION_BUCKETS } from '../security/outer/call-counter.js';

const HELP: Readonly<Record<string, string>> = {
  calls_total: 'Calls by tool and outcome.',
  call_duration_seconds: 'Time that calls took.',
  redactions_total: 'Secrets that were replaced in results.',
  stripped_sequences_total: 'Terminal sequences, controls and hidden characters that were removed from results.',
  security_events_total: 'Security events by class.',
};
const PREFIX = 'tmux_orc_';

/** A label's value as the text format has it (Prometheus, text exposition format 0.0.4). */
const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

function line(name: string, labels: Readonly<Record<string, string>>, value: number): string {
  const text = Object.entries(labels).map(([label, of]) => `${label}="${escaped(of)}"`);
  return `${PREFIX}${name}${text.length === 0 ? '' : `{${text.join(',')}}`} ${String(value)}`;
}

const head = (name: string, type: string): string[] => [
  `# HELP ${PREFIX}${name} ${HELP[name] ?? ''}`,
  `# TYPE ${PREFIX}${name} ${type}`,
];

/** The stored buckets count each call once; those of the format count all calls up to their bound. */
function histogram(counted: readonly Counted[], name: string): string[] {
  const kinds = new Set(counted.filter((row) => row.name === `${name}_sum`).map(({ labels }) => labels.kind ?? ''));
  return [...kinds].sort().flatMap((kind) => {
    const of = (le: string): number =>
      counted.find((row) => row.name === `${name}_bucket` && row.labels.kind === kind && row.labels.le === le)?.value ??
      0;
    let upTo = 0;
    const buckets = [...DURATION_BUCKETS.map(String), '+Inf'].map((le) => {
      upTo += of(le);
      return line(`${name}_bucket`, { kind, le }, upTo);
    });
    const total = counted.find((row) => row.name === `${name}_sum` && row.labels.kind === kind)?.value ?? 0;
    return [...buckets, line(`${name}_sum`, { kind }, total), line(`${name}_count`, { kind }, upTo)];
  });
}

export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly value: number;
}

/** Counters and present values in the text format of Prometheus. */
export function metricsText(counted: readonly Counted[], gauges: readonly Gauge[]): string {
  const simple = [...new Set(counted.map(({ name }) => name))].filter((name) => !/_(?:bucket|sum)$/.test(name)).sort();
  const lines = [
    ...simple.flatMap((name) => [
      ...head(name, 'counter'),
      ...counted.filter((row) => row.name === name).map((row) => line(name, row.labels, row.value)),
    ]),
    ...head('call_duration_seconds', 'histogram'),
    ...histogram(counted, 'call_duration_seconds'),
    ...gauges.flatMap(({ name, help, value }) => [
      `# HELP ${PREFIX}${name} ${help}`,
      `# TYPE ${PREFIX}${name} gauge`,
      line(name, {}, value),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
