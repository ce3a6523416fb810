import { expect, it } from 'vitest';
import type { Sight } from '../../../../src/agents/sight.js';
import { before, takenBy } from '../../../../src/agents/delivery/taken.js';

/** As one look shows an agent that tells nothing itself. */
const sight = (draft: string, lines: readonly string[]): Sight =>
  ({ look: { draft, lines, evidence: [] }, record: { isOpen: false } }) as unknown as Sight;

const text = (n: number): string => `message ${String(n)} ${'x'.repeat(300)};`;
const PASTED = '[Pasted Text: 311 chars]';

it('is shown by a text above the composer, though one with the same end has left the screen', () => {
  const was = before(sight(PASTED, [`> ${text(1)}`, `> ${PASTED}`]), text(2));
  expect(takenBy(sight('', [`> ${text(2)}`, '> ']), was, text(2))).toEqual(['composer_emptied', 'shown']);
});

it.each([
  ['has left the composer only', '', [`> ${text(1)}`, '> ']],
  ['stands in the composer still', PASTED, [`> ${text(1)}`, `> ${PASTED}`]],
  ['was put there as it is', text(2), [`> ${text(1)}`, `> ${text(2)}`]],
])('is not shown by a text that %s', (_what, draft, lines) => {
  const was = before(sight(PASTED, [`> ${text(1)}`, `> ${PASTED}`]), text(2));
  expect(takenBy(sight(draft, lines), was, text(2))).toEqual([]);
});
