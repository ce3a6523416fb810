import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSessionId } from '../../../src/kernel/ids.js';
import { ControlClient } from '../../../src/tmux/control/client.js';
import { type Command, encode } from '../../../src/tmux/encode.js';
import { type ServerAddress, serverAddress } from '../../../src/tmux/server-address.js';
import { createSpawnedClient } from '../../../src/tmux/spawned-client.js';
import type { Transport } from '../../../src/tmux/transport.js';
import { createTurns } from '../../../src/tmux/turns.js';
import { createWorld, type World } from '../../support/world.js';

const PATIENCE_MS = 30_000;
const everyByte = Uint8Array.from({ length: 255 }, (_, index) => index + 1);
/** Every byte after every other one: whatever two bytes mean together is among them. */
const everyPair = Uint8Array.from(Array.from(everyByte).flatMap((first) => Array.from(everyByte).flatMap((second) => [first, second]))); // prettier-ignore
const word = fc.uint8Array({ min: 1, minLength: 1, maxLength: 40 });
/** Words made of what a parser may take for syntax. */
const syntax = fc
  .array(
    fc.constantFrom(
      ...[
        ';',
        '\\',
        '"',
        "'",
        '$',
        '{',
        '}',
        '#',
        '~',
        '%',
        '%if',
        '\n',
        '\r',
        ' ',
        '0',
        'a',
        '{a',
        '#(',
        '-',
        '--',
        '=',
        '\xff',
        'é',
      ],
    ),
  ) // prettier-ignore
  .map((parts) => parts.join(''))
  .filter((text) => text !== '');

describe('encode', () => {
  it('leaves only harmless characters as they are', () => {
    expect(encode(['display-message', '-p', 'aZ09 _./:-'])).toBe('display-message "-p" "aZ09 _./:-"');
    expect(encode(['a'])).toBe('a');
    expect(encode(['a', ''])).toBe('a ""');
    expect(encode(['a', ';'], ['b-c', '$'])).toBe(String.raw`a "\073" ; b-c "\044"`);
    expect(encode(['a', 'é\n"'])).toBe(String.raw`a "\303\251\012\042"`);
  });

  it('makes one line of printable ASCII whatever goes in', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 5 }), (words) => {
        expect(encode(['a', ...words])).toMatch(/^a(?: "(?:[A-Za-z0-9 _./:-]|\\[0-7]{3})*")+$/);
      }),
    );
  });

  it('reads back as what went in', () => {
    const decode = (line: string): string =>
      line
        .slice(3, -1)
        .replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
    fc.assert(
      fc.property(
        fc.oneof(
          word,
          syntax.map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          expect(Buffer.from(decode(encode(['a', bytes])), 'latin1').equals(Buffer.from(bytes))).toBe(true);
        },
      ),
    );
    expect(encode(['a', 'é'])).toBe(encode(['a', Buffer.from('é')]));
  });

  it('refuses NUL, and names that are no command', () => {
    expect(() => encode(['a', 'x\0'])).toThrow(RangeError);
    expect(() => encode(['a', Uint8Array.of(0)])).toThrow(RangeError);
    for (const name of ['', 'A', 'a b', 'a;b', 'a"', 'kill-server\n', '#x'])
      expect(() => encode([name])).toThrow(RangeError);
  });
});

describe('what real tmux reads', () => {
  let world: World;
  let address: ServerAddress;
  let control: ControlClient;
  beforeAll(async () => {
    world = createWorld();
    address = serverAddress({ socketName: world.socketName, socketPath: null, envPassthrough: [], env: world.env });
    await world.tmux('new-session', '-d', '-s', 's', 'sleep', '1000');
    control = await ControlClient.open({
      binary: address.binary,
      serverFlags: address.flags,
      env: address.clientEnv,
      session: parseSessionId('$0')!,
      turns: createTurns(),
      flags: 'no-output',
    });
  });
  afterAll(async () => {
    await control.close();
    await world.close();
  });

  const transports: [string, () => Transport][] = [
    ['source-file', () => createSpawnedClient(address)],
    ['control mode', () => control],
  ];

  /** Puts words into buffers and takes each out again byte for byte. */
  async function roundTrip(transport: Transport, words: readonly (string | Uint8Array)[]): Promise<Buffer[]> {
    const names = words.map((_, index) => `b${String(index)}`);
    const files = names.map((name) => join(world.folder, name));
    const set = words.map((bytes, index): Command => ['set-buffer', '-b', names[index]!, '--', bytes]);
    const save = names.map((name, index): Command => ['save-buffer', '-b', name, '--', files[index]!]);
    const drop = names.map((name): Command => ['delete-buffer', '-b', name]);
    const reply = await transport.request({ line: encode(...set, ...save, ...drop), shape: 'list' }, PATIENCE_MS);
    expect(reply).toMatchObject({ ok: true });
    const read = files.map((file) => readFileSync(file));
    for (const file of files) rmSync(file);
    return read;
  }
  const exact = (read: readonly Buffer[], words: readonly (string | Uint8Array)[]): void => {
    expect(read.map((bytes) => bytes.toString('latin1'))).toEqual(
      words.map((bytes) => Buffer.from(bytes as never).toString('latin1')),
    );
  };

  it.each(transports)('is every byte and every pair of bytes, over %s', async (_, transport) => {
    const words = [everyByte, everyPair, ...Array.from(everyByte, (byte) => Uint8Array.of(byte))];
    exact(await roundTrip(transport(), words), words);
  });

  it.each(transports)(
    'is any words, over %s',
    async (_, transport) => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.oneof(word, syntax), { minLength: 1, maxLength: 60 }), async (words) => {
          exact(await roundTrip(transport(), words), words);
        }),
        { numRuns: 15 },
      );
    },
    120_000,
  );

  it.each(transports)(
    'is any word inside a branch of if-shell, over %s',
    async (_, transport) => {
      const file = join(world.folder, 'nested');
      await fc.assert(
        fc.asyncProperty(fc.oneof(word, syntax), async (bytes) => {
          const branch = encode(['set-buffer', '-b', 'n', '--', bytes], ['save-buffer', '-b', 'n', '--', file]);
          const line = encode(['if-shell', '-F', '1', branch, encode(['kill-server'])]);
          expect(await transport().request({ line, shape: 'list' }, PATIENCE_MS)).toMatchObject({ ok: true });
          exact([readFileSync(file)], [bytes]);
        }),
        { numRuns: 30 },
      );
    },
    120_000,
  );
});
