import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EVENT_CLASSES } from '../../src/security/events.js';
import { ROOT } from './markdown.js';

it('the guide to alerts has every event in the row of its class', () => {
  const guide = readFileSync(join(ROOT, 'docs', 'guides', 'alerts.md'), 'utf8');
  const row = (grave: string): string => new RegExp(`^\\| ${grave} \\|.*$`, 'm').exec(guide)?.[0] ?? '';
  const wrong = EVENT_CLASSES.filter(([word, grave]) => !row(grave).includes(`\`${word}\``));
  expect(wrong).toEqual([]);
  expect(EVENT_CLASSES.length).toBeGreaterThan(20);
});
