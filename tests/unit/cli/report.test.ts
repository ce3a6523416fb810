import { describe, expect, it } from 'vitest';
import { shellWord } from '../../../src/kernel/text.js';
import { fail, pass, warn } from '../../../src/cli/doctor/finding.js';
import { report } from '../../../src/cli/doctor/report.js';
import { displayWidth } from '../../../src/kernel/width.js';

const FINDINGS = [
  pass('node', '20.20.2'),
  warn('tmux server', 'something that is rather long and goes on for more than one line', 'Do this about it, soon.'),
  fail('socket', '/a/very/long/path/without/any/space/at/all/that/does/not/fit/into/one/line', 'Do that.'),
];

describe('the report of doctor', () => {
  it('is one line for each finding and its advice where there is no terminal', () => {
    expect(report(FINDINGS, { colour: false, columns: undefined }).split('\n')).toEqual([
      'pass  node         20.20.2',
      'warn  tmux server  something that is rather long and goes on for more than one line',
      '                   -> Do this about it, soon.',
      'fail  socket       /a/very/long/path/without/any/space/at/all/that/does/not/fit/into/one/line',
      '                   -> Do that.',
      '',
      '1 pass, 1 warn, 1 fail',
    ]);
  });

  it.each([50, 80])('keeps to %i columns', (columns) => {
    const lines = report(FINDINGS, { colour: false, columns }).split('\n');
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    const further = lines.filter((line) => line.startsWith(' '));
    for (const line of further) expect(line).toMatch(/^ {19}\S|^ {22}\S/);
  });

  it('colours the verdicts only', () => {
    const text = report(FINDINGS, { colour: true, columns: undefined });
    expect(text).toContain('\u001b[33mwarn\u001b[0m  tmux server');
    expect(text.replaceAll(/\u001b\[[0-9;]*m/g, '')).toBe(report(FINDINGS, { colour: false, columns: undefined }));
  });

  it('shows no control or invisible characters of a path', () => {
    const text = report([pass('socket', '/tmp/a\u001b[31m\u009b\u202e\nb')], { colour: false, columns: undefined });
    expect(text).toContain('/tmp/a?[31m???b');
  });
});

describe('paths in advice', () => {
  it('are quoted for a shell where they have to be', () => {
    expect(shellWord('/tmp/tmux-0/a.b')).toBe('/tmp/tmux-0/a.b');
    expect(shellWord("/tmp/it's $(x)")).toBe(String.raw`'/tmp/it'\''s $(x)'`);
  });
});
