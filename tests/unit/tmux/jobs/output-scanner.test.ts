import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OutputScanner } from '../../../../src/tmux/jobs/output-scanner.js';

const ID = '0123456789abcdef';
const START = `\u001b]7711;${ID};S\u0007`;
const end = (code: number): string => `\u001b]7711;${ID};E;${String(code)}\u0007`;

function scan(chunks: readonly string[]): OutputScanner {
  const scanner = new OutputScanner(ID);
  for (const chunk of chunks) scanner.push(Buffer.from(chunk, 'latin1'));
  return scanner;
}

describe('OutputScanner', () => {
  it('finds the output between the markers, wherever chunks end', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.nat(200)), (text, cuts) => {
        const bytes = Buffer.from(text.replaceAll('\u001b', ''));
        const all = `$ . '/x'\r\n${START}${bytes.toString('latin1').replaceAll('\r\n', '')}${end(3)}$ `;
        const at = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
        const scanner = scan(at.slice(1).map((to, index) => all.slice(at[index], to)));
        expect(scanner).toMatchObject({ state: 'done', startSeen: true, exitCode: 3 });
        expect(scanner.collected().output.toString('latin1')).toBe(bytes.toString('latin1').replaceAll('\r\n', ''));
      }),
    );
  });

  it('tells an end whose start was missed', () => {
    expect(scan(['4998\r\n4999\r\n', `5000\r\n${end(0)}`])).toMatchObject({ state: 'done', startSeen: false });
  });
});
