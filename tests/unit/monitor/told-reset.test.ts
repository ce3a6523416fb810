import { expect, it } from 'vitest';
import { toldReset } from '../../../src/monitor/limit-block.js';

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const view = (text: string, since: number): never =>
  ({ look: { text, told: undefined, evidence: [] }, facts: { since } }) as never;

it('takes an end that is told to the minute for the end of that minute', () => {
  const said = Date.UTC(2026, 10, 21, 7, 57, 3);
  const told = toldReset(view('Try again at 08:00 (UTC).', said), said + 5000);
  expect(told, zone).toBe(Date.UTC(2026, 10, 21, 8, 0, 59, 999));
});

it.each(['Try again at 7:58 AM (UTC).', 'Try again at Nov 21, 7:58 AM (UTC).', 'resets Sat 7:58am (UTC)'])(
  'takes an end in the minute in which it is told for the end of that minute: %s',
  (text) => {
    const said = Date.UTC(2026, 10, 21, 7, 58, 10);
    expect(toldReset(view(text, said), said + 2000)).toBe(Date.UTC(2026, 10, 21, 7, 58, 59, 999));
  },
);
