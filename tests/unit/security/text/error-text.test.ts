import { describe, expect, it } from 'vitest';
import { withoutPlaces } from '../../../../src/security/text/error-text.js';

const clean = (text: string): string => withoutPlaces(text, '/home/me/project');

describe('withoutPlaces', () => {
  it.each([
    'No such session. Did you mean "work:0.1"?',
    'Expected session, session:window or session:window.pane.',
    'lines: expected at most 5000, or none at all.',
    'Allowed: letters, digits, "_", "." and "-"; and/or 1/2.',
    'See https://example.com/docs/page for more.',
    'Look at the pane (or its window) again.',
    'Use ./src or ../other.',
    'state of /home/me/project/src/a.ts and /home/me/project.',
  ])('leaves %s', (text) => {
    expect(clean(text)).toBe(text);
  });

  it.each([
    ['cannot read /etc/passwd.', 'cannot read [path].'],
    ["ENOENT: no such file, open '/root/.ssh/id rsa'", "ENOENT: no such file, open '[path]'"],
    ['PATH=/opt/a/bin:/opt/b', 'PATH=[path]'],
    ['in ~/.aws/credentials: wrong', 'in [path]: wrong'],
    ['at file:///opt/app/dist/main.js:10:5 it failed', 'at [path] it failed'],
    ['C:\\Users\\me\\x.txt is missing', '[path] is missing'],
    ['/home/me/projectile/x', '[path]'],
    ['/home/me/project/../.ssh/key', '[path]'],
    ['(/usr/lib/x.so)', '([path])'],
    ['failed at Object.open (node:fs:573:10) there', 'failed there'],
    ['in node:internal/process/task_queues:95:5', 'in [internal]'],
    ['node_modules/execa/lib/x.js failed', '[internal] failed'],
    ['boom\n    at f (/a/b.js:1:2)\n    at async g (file:///c.js:3:4)\nafter', 'boom\nafter'],
    ['boom at async Promise.all (index 0:1)', 'boom'],
  ])('takes the places out of %j', (text, expected) => {
    expect(clean(text)).toBe(expected);
  });

  it('shows nothing below a root that is everything, bounds the length and ends on a whole character', () => {
    expect(withoutPlaces('/etc/x', '/')).toBe('[path]');
    expect(clean('x'.repeat(5000))).toHaveLength(2000);
    expect(clean(`/ ${'x'.repeat(1997)}👍`).isWellFormed()).toBe(true);
  });

  it.each([['/'.repeat(100_000)], ['~/a'.repeat(50_000)], [' at x ('.repeat(50_000)], ["'/".repeat(50_000)]])(
    'is fast on %#',
    (text) => {
      expect(clean(text).length).toBeLessThanOrEqual(2000);
    },
    2000,
  );
});
