import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OrcError } from '../../src/kernel/errors.js';
import { cleanMessage } from '../../src/security/text/message.js';
import {
  type Arena,
  expectRefusal,
  fact,
  openArena,
  openReceiver,
  pasted,
  type Receiver,
  type ResultData,
  runsIn,
  type ToolCall,
} from '../support/attacks.js';

const RUNS = { numRuns: 60, interruptAfterTimeLimit: 90_000 };
const TIMEOUT_MS = 300_000;
const MAX_BYTES = 1_048_576;

const PIECES = [
  ...['#(', ')', '#{pid}', '#{E:@x}', '#[fg=red]', '##', '$(', '`', '"', "'", '\\', '\\;', ';', '&', '|', ' ', '~'],
  ...['\n', '\r', '\t', '\0', '\u001b[201~', '\u001b]0;', '\u0007', '\u001b', '\u009b', '\u007f', '%end 1 1 1', '%exit'],
  ...['keep', 'still', ':', '.', '0', '$0', '@0', '%0', '=', '*', '{last}', '+', '-', '-t', '--', '../', '/', 'run-shell '],
  ...['\u202e', '\u200d', '\ufeff', '\u{e0041}', '\u{e0100}', '\ud800', '\udc00', '葛', '🏴'],
]; // prettier-ignore

const unicode = fc.string({ unit: 'binary', maxLength: 12 });
/** Any code units, halves of surrogate pairs among them. */
const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 12 })
  .map((codes) => String.fromCharCode(...codes));

/** Text made of what has a meaning somewhere, of words that would make a file, and of anything. */
const hostile = (canary: string): fc.Arbitrary<string> =>
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES, `touch ${canary}`, `#(touch ${canary})`), unicode, units), {
      minLength: 1,
      maxLength: 8,
    })
    .map((pieces) => pieces.join(''));

const harmless = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_. -]{0,20}$/);

/** Every way to name a pane of the server, its window or its session exactly. */
const ADDRESSES = [
  ...['#{pane_id}', '#{window_id}', '#{session_id}', '#{session_name}'],
  ...['#{window_index}', '#{window_name}', '#{window_index}.#{pane_index}', '#{window_name}.#{pane_index}'].map(
    (rest) => `#{session_name}:${rest}`,
  ),
].join('\n');

describe('any text', () => {
  let arena: Arena;
  let receiver: Receiver;
  beforeAll(async () => {
    arena = await openArena('MCP');
    receiver = await openReceiver(arena, 'received');
  });
  afterAll(() => arena.close());

  /** Makes a call, looks at what it made, removes that, and finds the server as it was. */
  const create = async (call: ToolCall, value: string, look: (made: ResultData) => Promise<void>): Promise<void> => {
    const before = await arena.snapshot();
    const outcome = await arena.call(...call);
    if (outcome.ok) {
      await look(outcome.data);
      await arena.world.tmux('kill-session', '-t', outcome.data.session.id);
    } else expectRefusal(outcome, value, ['INVALID_INPUT', 'CONFLICT']);
    expect(await arena.snapshot()).toEqual(before);
  };

  const check = (values: fc.Arbitrary<string>, each: (value: string) => Promise<void>): Promise<void> =>
    fc.assert(fc.asyncProperty(values, each), RUNS);

  const names = (name: string): fc.Arbitrary<string> => fc.oneof(hostile(arena.canary(name)), harmless);

  it(
    'as a session name is refused or becomes that name',
    () =>
      check(names('session'), (value) =>
        create(['create_session', { name: value }], value, async ({ session }) => {
          expect(value).toMatch(/^[\w.-]{1,64}$/);
          expect(session.name).toBe(value.replaceAll('.', '_'));
          expect(await fact(arena, session.id, '#{session_name}')).toBe(session.name);
        }),
      ),
    TIMEOUT_MS,
  );

  it(
    'as a window name is refused or becomes that name',
    () =>
      check(names('window'), (value) =>
        create(['create_session', { name: 'fresh', window_name: value }], value, async ({ window }) => {
          expect(value).toMatch(/^[\w. -]{1,64}$/);
          expect(window.name).toBe(value);
          expect(await fact(arena, window.id, '#{window_name}')).toBe(value);
        }),
      ),
    TIMEOUT_MS,
  );

  it(
    'as a working directory is refused or is where the program runs',
    () =>
      check(hostile(arena.canary('folder')), async (value) => {
        const inside = join(arena.world.folder, 'folders', value.replaceAll(/[\0/]/g, '+').toWellFormed());
        if (Buffer.byteLength(value) < 200) mkdirSync(inside, { recursive: true });
        for (const cwd of [inside, value]) {
          await create(['create_session', { name: 'fresh', cwd }], cwd, async ({ pane }) => {
            expect(cwd).toBe(inside);
            await runsIn(arena, pane.id, cwd);
          });
        }
      }),
    TIMEOUT_MS,
  );

  it(
    'as a target is refused unless it names something exactly',
    async () => {
      const exact = new Set((await arena.world.tmux('list-panes', '-a', '-F', ADDRESSES)).split('\n'));
      await check(hostile(arena.canary('target')), async (value) => {
        const before = await arena.snapshot();
        const outcome = await arena.call('capture_pane', { target: value });
        // `keep:00` is index 0.
        if (outcome.ok) expect(exact).toContain(value.replaceAll(/(?<=[:.])0+(?=\d)/g, ''));
        else {
          const calls: ToolCall[] = [
            ['kill_pane', { target: value }],
            ['kill_session', { session: value }],
            ['kill_window', { window: value }],
          ];
          for (const call of calls) expectRefusal(await arena.call(...call), value, ['INVALID_INPUT', 'NOT_FOUND']);
        }
        expect(await arena.snapshot()).toEqual(before);
      });
    },
    TIMEOUT_MS,
  );

  const expectation = (text: string): string | undefined => {
    try {
      return cleanMessage(text, MAX_BYTES).text;
    } catch (error) {
      if (error instanceof OrcError) return undefined;
      throw error;
    }
  };

  it(
    'as a message arrives as the sanitizer says, or not at all',
    () => {
      const long = fc.string({ unit: 'grapheme', minLength: 1000, maxLength: 5000 });
      return check(
        fc.oneof({ arbitrary: hostile(arena.canary('message')), weight: 5 }, unicode, long),
        async (text) => {
          const expected = expectation(text);
          const outcome = await arena.call('send_keys', { target: receiver.pane, text });
          const received = (await receiver.take()).toString();
          if (expected === undefined) {
            expectRefusal(outcome, text, ['INVALID_INPUT']);
            expect(received).toBe('');
          } else {
            expect(outcome).toMatchObject({ ok: true, data: { bytes_sent: Buffer.byteLength(expected) } });
            expect(received).toBe(pasted(expected));
            expect(expected).not.toMatch(/[^\P{Cc}\n\t]/u);
          }
        },
      );
    },
    TIMEOUT_MS,
  );

  it('ran no job', () => arena.expectNoCanary());
});
