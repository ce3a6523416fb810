import { describe, expect, it } from 'vitest';
import { metricsText } from '../../../src/app/metrics.js';

describe('metricsText', () => {
  it('is the text format of Prometheus', () => {
    const text = metricsText(
      [
        { name: 'calls_total', labels: { tool: 'list_sessions', outcome: 'ok' }, value: 3 },
        { name: 'calls_total', labels: { tool: 'a"b\\', outcome: 'x\ny' }, value: 1 },
        { name: 'call_duration_seconds_bucket', labels: { kind: 'read', le: '0.005' }, value: 2 },
        { name: 'call_duration_seconds_bucket', labels: { kind: 'read', le: '+Inf' }, value: 1 },
        { name: 'call_duration_seconds_sum', labels: { kind: 'read' }, value: 61.5 },
      ],
      [{ name: 'lockdown', help: '1 while a lockdown is on.', value: 0 }],
    );
    expect(text.split('\n')).toEqual([
      '# HELP tmux_orc_calls_total Calls by tool and outcome.',
      '# TYPE tmux_orc_calls_total counter',
      'tmux_orc_calls_total{tool="list_sessions",outcome="ok"} 3',
      'tmux_orc_calls_total{tool="a\\"b\\\\",outcome="x\\ny"} 1',
      '# HELP tmux_orc_call_duration_seconds Time that calls took.',
      '# TYPE tmux_orc_call_duration_seconds histogram',
      ...['0.005', '0.025', '0.1', '0.5', '1', '5', '15', '60'].map(
        (le) => `tmux_orc_call_duration_seconds_bucket{kind="read",le="${le}"} 2`,
      ),
      'tmux_orc_call_duration_seconds_bucket{kind="read",le="+Inf"} 3',
      'tmux_orc_call_duration_seconds_sum{kind="read"} 61.5',
      'tmux_orc_call_duration_seconds_count{kind="read"} 3',
      '# HELP tmux_orc_lockdown 1 while a lockdown is on.',
      '# TYPE tmux_orc_lockdown gauge',
      'tmux_orc_lockdown 0',
      '',
    ]);
  });
});
