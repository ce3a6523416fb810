import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader, type FrameReader } from '../../../../src/tmux/control/framing.js';
import type { Reply } from '../../../../src/tmux/transport.js';

interface Reading {
  readonly reader: FrameReader;
  /** The reply to a nonce, once it came. */
  readonly replies: Record<string, Reply>;
  readonly broken: string[];
  /** Feeds lines; gives those that belong to no reply. */
  readonly feed: (...lines: string[]) => string[];
}

function open(...expected: [nonce: string, shape?: 'single' | 'list'][]): Reading {
  const replies: Record<string, Reply> = {};
  const broken: string[] = [];
  const reader = createFrameReader((why) => broken.push(why));
  for (const [nonce, shape = 'single'] of expected)
    reader.expect(nonce, shape, (reply) => {
      expect(replies[nonce]).toBeUndefined();
      replies[nonce] = reply;
    });
  return { reader, replies, broken, feed: (...lines) => lines.filter((line) => !reader.line(line)) };
}

const block = (number: number, lines: readonly string[], end = 'end', flags = '1'): string[] => [
  `%begin 1700000000 ${String(number)} ${flags}`,
  ...lines,
  `%${end} 1700000000 ${String(number)} ${flags}`,
];
const ok = (text: string): Reply => ({ ok: true, body: Buffer.from(text) });
const refused = (error: string): Reply => ({ ok: false, error });

describe('createFrameReader', () => {
  it('takes no line while nothing is expected', () => {
    const { feed, broken } = open();
    const lines = ['%session-changed $0 x', ...block(1, ['x']), '%exit'];
    expect(feed(...lines)).toEqual(lines);
    expect(broken).toEqual([]);
  });

  it('gives the exact lines of a reply, empty ones and trailing spaces too', () => {
    const { feed, replies } = open(['N1'], ['N2'], ['N3']);
    feed(...block(7, ['', ' a ', '', '']), ...block(8, ['N1']), ...block(9, []), ...block(10, ['N2']));
    feed(...block(11, ['']), ...block(12, ['N3']));
    expect(replies).toEqual({ N1: ok('\n a \n\n\n'), N2: ok(''), N3: ok('\n') });
  });

  it('keeps bytes that are no text', () => {
    const { feed, replies } = open(['N']);
    feed(...block(7, ['\xff\xfe\x1b\r\x80']), ...block(8, ['N']));
    expect(replies.N).toEqual({ ok: true, body: Buffer.from('\xff\xfe\x1b\r\x80\n', 'latin1') });
  });

  it('takes guards inside a reply as content, even when all three fields are equal to the real ones', () => {
    const forged = [
      ...block(7, ['x'], 'end'),
      ...block(7, ['y'], 'error'),
      ...block(8, ['other']),
      ...block(8, []),
      '%exit',
      '%error 1700000000 7 1',
      '%end 1700000000 7 1',
      '%begin 1700000000 8 1',
      '%output %1 x',
    ];
    const { feed, replies, broken } = open(['N'], ['M']);
    feed(...block(7, forged), ...block(8, ['N']), ...block(9, ['next']), ...block(10, ['M']));
    expect(replies).toEqual({ N: ok(`${forged.join('\n')}\n`), M: ok('next\n') });
    expect(broken).toEqual([]);
  });

  it('takes guards inside a refusal as content', () => {
    const { feed, replies } = open(['N']);
    feed(...block(7, ['bad', '%end 1700000000 7 1', '%error 1700000000 7 1', 'end'], 'error'), ...block(8, ['N']));
    expect(replies.N).toEqual(refused('bad\n%end 1700000000 7 1\n%error 1700000000 7 1\nend'));
  });

  it('cannot be misled by any lines of a pane', () => {
    const guard = fc
      .tuple(fc.constantFrom('%begin', '%end', '%error'), fc.integer({ min: 6, max: 10 }), fc.constantFrom('0', '1'))
      .map(([kind, number, flags]) => `${kind} 1700000000 ${String(number)} ${flags}`);
    // What no program can know is the nonce; everything else it may print.
    const line = fc.oneof(guard, fc.constantFrom('%exit', '', 'n', 'N ', '%window-add @1'), fc.string());
    fc.assert(
      fc.property(
        fc.array(fc.array(line.filter((text) => !/^N[0-9]+$/.test(text) && !text.includes('\n')))),
        (contents) => {
          const { feed, replies, broken } = open(...contents.map((_, index): [string] => [`N${String(index)}`]));
          contents.forEach((content, index) => {
            feed(...block(7, content), ...block(8, [`N${String(index)}`]));
          });
          expect(broken).toEqual([]);
          contents.forEach((content, index) => {
            const text = content.map((text) => `${text}\n`).join('');
            expect(replies[`N${String(index)}`]).toEqual({ ok: true, body: Buffer.from(text, 'latin1') });
          });
        },
      ),
    );
  });

  it('joins the replies of a list, and gives its first error as the reply of the whole', () => {
    const { feed, replies } = open(['N', 'list'], ['M', 'list'], ['L', 'list']);
    feed(...block(7, []), ...block(8, ['SENT']), ...block(9, ['more']), ...block(10, ['N']));
    feed(...block(11, ['kept from the caller']), ...block(12, ["can't find pane: %9"], 'error'), ...block(13, ['M']));
    feed(...block(14, ['second']), ...block(15, ['L']));
    expect(replies).toEqual({ N: ok('SENT\nmore\n'), M: refused("can't find pane: %9"), L: ok('second\n') });
  });

  it('leaves out notifications before, between and after the blocks', () => {
    const { feed, replies, broken } = open(['N'], ['M', 'list']);
    feed('%sessions-changed', ...block(3, ['attached'], 'end', '0'), ...block(7, ['a']));
    feed('%window-renamed @1 b', '%begin is a name', ...block(8, ['N']));
    feed(
      '%window-add @1',
      ...block(9, ['b']),
      '%layout-change @1 x',
      ...block(10, ['c']),
      '%exit-soon',
      ...block(11, ['M']),
    );
    expect(replies).toEqual({ N: ok('a\n'), M: ok('b\nc\n') });
    expect(broken).toEqual([]);
  });

  it('reads on when the nonce comes in the middle of other replies', () => {
    // The reply to attach-session has flag 0 and may come after the first request was written.
    const { feed, replies } = open(['N']);
    expect(feed(...block(1, [], 'end', '0'), ...block(2, ['x']), ...block(3, ['N']))).toEqual([]);
    expect(replies.N).toEqual(ok('x\n'));
    expect(feed('%later')).toEqual(['%later']);
  });

  it('takes a nonce that is not the next one as content', () => {
    const { feed, replies } = open(['N'], ['M']);
    feed(...block(7, ['M', 'Nx']), ...block(8, ['N']), ...block(9, []), ...block(10, ['M']));
    expect(replies).toEqual({ N: ok('M\nNx\n'), M: ok('') });
  });

  it.each([
    ['a nonce outside of a block', ['N']],
    ['a nonce directly after the begin of another line', ['%begin 1 2', 'N']],
    ['a nonce without its end', [...block(7, []), '%begin 1 8 1', 'N', '%end 1 9 1']],
    ['a nonce with an error for an end', [...block(7, []), '%begin 1 8 1', 'N', '%error 1 8 1']],
    ['no reply before the nonce', block(8, ['N'])],
    ['a reply without its end', ['%begin 1 7 1', 'x', ...block(8, ['N'])]],
    ['a reply without its begin', ['x', '%end 1 7 1', ...block(8, ['N'])]],
  ])('tells of a broken stream: %s', (_, lines) => {
    for (const shape of ['single', 'list'] as const) {
      const { feed, replies, broken } = open(['N', shape]);
      feed(...lines);
      expect(broken.length).toBeGreaterThan(0);
      expect(replies).toEqual({});
    }
  });
});
