import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkNode, NODE_RANGE, tmuxRelease, tmuxTrouble } from '../../../src/cli/doctor/versions.js';

describe('versions of Node', () => {
  it('are those of package.json', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } };
    expect(engines.node).toBe(NODE_RANGE);
  });

  it.each([
    ['18.20.0', 'fail'], ['20.18.9', 'fail'], ['20.19.0', 'pass'], ['21.9.0', 'fail'], ['22.12.0', 'fail'],
    ['22.13.0', 'pass'], ['23.11.0', 'fail'], ['24.0.0', 'pass'], ['26.1.0', 'pass'],
  ])('%s: %s', (version, verdict) => {
    expect(checkNode(version).verdict).toBe(verdict);
  }); // prettier-ignore
});

describe('versions of tmux', () => {
  it('order as their releases did', () => {
    const order = ['2.9a', '3.0', '3.1c', 'next-3.2', '3.2', '3.2a', '3.3', '3.3a', '3.4', '3.5a', '3.6', '3.6a', '3.6b', '3.7', '3.10', '4.0'];
    const numbers = order.map((version) => tmuxRelease(version) ?? Number.NaN);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(order.length);
    expect(tmuxRelease('3.6-rc2')).toBe(tmuxRelease('3.6'));
    for (const other of ['master', 'openbsd-7.6', '', '3', 'x3.4']) expect(tmuxRelease(other)).toBeUndefined();
  }); // prettier-ignore

  it.each([
    ['3.2', /CVE-2022-47016.*dead pane.*select-layout/],
    ['3.3a', /CVE-2022-47016/],
    ['3.4', /CVE-2026-11623/],
    ['3.5a', /CVE-2026-11623/],
    ['3.6a', /format.*%exit/],
    ['3.2', /issue 4980/],
    ['3.4', /issue 4980/],
    ['3.6b', /issue 4980/],
  ])('%s is known for its trouble', (version, says) => {
    expect(tmuxTrouble(version)?.says).toMatch(says);
    expect(tmuxTrouble(version)?.advice).toContain('3.7');
  });

  it.each(['3.7', 'next-3.8', '3.8', 'master'])('%s is known for none', (version) => {
    expect(tmuxTrouble(version)).toBeUndefined();
  });
});
