import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accepted,
  type Arena,
  type Attack,
  DOORS,
  type Exceptions,
  expectAllRefused,
  expectRefusal,
  fact,
  hasCanary,
  openArena,
  openLedger,
  openReceiver,
  pasted,
  type Receiver,
  REPEATS,
} from '../support/attacks.js';
import { BIN } from '../support/program.js';
import { until, type World } from '../support/world.js';

const EXCEPTIONS: Exceptions = {
  'MS-097': { doors: ['CLI'], reason: 'an argument of a process cannot hold NUL' },
  'MS-099': { doors: ['CLI'], reason: 'the case is about standard input, from which no command reads text' },
};
const ledger = openLedger('message', EXCEPTIONS);
const INVALID_UTF8 = 'MS-099';

/** One case by its number, for those that need a pane in a special state. */
function theCase(id: string): Attack {
  const attack = ledger.of('MCP').find((candidate) => candidate.id === id);
  if (attack === undefined) throw new Error(`no case ${id}`);
  return attack;
}

const isStrict = ({ class: kind }: Attack): boolean => kind.startsWith('strict_policy');
const isPlain = (attack: Attack): boolean =>
  attack.class !== 'delivery_state' && attack.id !== INVALID_UTF8 && !isStrict(attack);

async function expectDelivered(arena: Arena, attack: Attack, receiver: Receiver): Promise<void> {
  const text = arena.read(attack) as string;
  const expected = arena.expected(attack) as string;
  const { bytes_sent: bytes, removed, injection } = await accepted(arena, 'send_keys', { target: receiver.pane, text });
  expect((await receiver.take()).toString('latin1')).toBe(pasted(Buffer.from(expected).toString('latin1')));
  expect(bytes).toBe(Buffer.byteLength(expected));
  expect(removed.escapes + removed.controls + removed.hidden > 0).toBe(attack.expect === 'strip');
  if (attack.detector?.startsWith('score>=') === true) expect(injection?.confidence).toBeGreaterThanOrEqual(0.5);
  if (attack.detector?.startsWith('score<') === true) expect(injection?.confidence ?? 0).toBeLessThan(0.8);
}

/** bash with bracketed paste, at its prompt; the prompt counts, so that it tells when a new one has come. */
interface Shell {
  readonly pane: string;
  /** What is typed at the newest prompt. */
  readonly typed: () => Promise<string>;
  /** Throws away what is typed and waits for the next prompt: only there is bracketed paste on. */
  readonly drop: () => Promise<void>;
}

async function openShell({ world }: Arena): Promise<Shell> {
  const variables = ['-e', 'PS1=ready-$n> ', '-e', 'PROMPT_COMMAND=n=$((n+1))', '-e', 'INPUTRC=/dev/null'];
  const shell = ['--', '/bin/bash', '--norc', '--noprofile'];
  const pane = await world.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'keep:', ...variables, ...shell);
  const screen = (): Promise<string> => world.tmux('capture-pane', '-p', '-J', '-t', pane);
  let prompts = 1;
  const typed = async (): Promise<string> => (await screen()).split(`ready-${prompts}>`)[1] ?? '';
  const prompt = (): Promise<unknown> => until('a prompt', async () => (await screen()).includes(`ready-${prompts}>`));
  await prompt();
  return {
    pane,
    typed,
    drop: async () => {
      await world.tmux('send-keys', '-t', pane, 'C-c');
      prompts++;
      await prompt();
    },
  };
}

/** Lines over the program's standard streams as they are, for what no client would send. */
async function answerTo(world: World, line: Buffer): Promise<unknown> {
  const program = spawn(process.execPath, [BIN, 'serve'], { env: world.env, cwd: world.folder });
  const answers = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => JSON.parse((await answers.next()).value as string);
  const closed = once(program, 'close');
  const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'tests', version: '1' } };
  program.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params })}\n`);
  await next();
  program.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`);
  program.stdin.write(line);
  program.stdin.write('\n');
  const answer = await next();
  program.stdin.end();
  await closed;
  return answer;
}

describe.each(DOORS)('messages that are attacks or look like one, through %s', (door) => {
  let arena: Arena;
  let receiver: Receiver;
  beforeAll(async () => {
    arena = await openArena(door);
    receiver = await openReceiver(arena, 'received');
  });
  afterAll(() => arena.close());

  it.each([...ledger.of(door, 'accept_literal'), ...ledger.of(door, 'strip')].filter(isPlain))(
    '$id arrives as it should ($expect): $why',
    async (attack) => {
      ledger.ran(door, attack);
      await expectDelivered(arena, attack, receiver);
    },
  );

  it.each(ledger.of(door, 'reject').filter(isPlain))('$id is refused: $why', async (attack) => {
    ledger.ran(door, attack);
    const before = await arena.snapshot();
    const text = arena.read(attack);
    expectRefusal(await arena.call('send_keys', { target: receiver.pane, text }), text, ['INVALID_INPUT']);
    expect((await receiver.take()).length).toBe(0);
    expect(await arena.snapshot()).toEqual(before);
  });

  it.runIf(door === 'MCP')('MS-099 is no message of the protocol', async () => {
    const attack = theCase(INVALID_UTF8);
    ledger.ran(door, attack);
    const lineWith = (text: Buffer): Buffer => {
      const args = { target: receiver.pane, text: 'HERE' };
      const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'send_keys', arguments: args } };
      const [head = '', tail = ''] = JSON.stringify(call).split('HERE');
      return Buffer.concat([Buffer.from(head), text, Buffer.from(tail)]);
    };
    const bad = await answerTo(arena.world, lineWith(arena.read(attack) as Buffer));
    expect(bad).toMatchObject({ id: null, error: { code: -32700 } });
    expect((await receiver.take()).length).toBe(0);
    expect(await answerTo(arena.world, lineWith(Buffer.from('good')))).toMatchObject({ id: 1, result: {} });
    expect((await receiver.take()).toString()).toBe(pasted('good'));
  });

  it('MS-124 is refused where the input is off', async () => {
    const attack = theCase('MS-124');
    ledger.ran(door, attack);
    await arena.world.tmux('select-pane', '-d', '-t', receiver.pane);
    const text = arena.read(attack);
    expectRefusal(await arena.call('send_keys', { target: receiver.pane, text }), text, ['CONFLICT']);
    await arena.world.tmux('select-pane', '-e', '-t', receiver.pane);
    expect((await receiver.take()).length).toBe(0);
  });

  it('MS-125 is refused where the program has ended', async () => {
    const attack = theCase('MS-125');
    ledger.ran(door, attack);
    const { tmux } = arena.world;
    const pane = await tmux(
      'new-window',
      '-d',
      '-P',
      '-F',
      '#{pane_id}',
      '-t',
      'keep:',
      '-n',
      'dead',
      'exec sleep 1000',
    );
    await tmux('set-option', '-p', '-t', pane, 'remain-on-exit', 'on');
    await tmux('respawn-pane', '-k', '-t', pane, 'exec true');
    await until('its end', async () => (await fact(arena, pane, '#{pane_dead}')) === '1');
    const before = await arena.snapshot();
    const text = arena.read(attack);
    expectRefusal(await arena.call('send_keys', { target: pane, text }), text, ['CONFLICT']);
    expect(await arena.snapshot()).toEqual(before);
  });

  it('MS-126 reaches its pane and not the one that is synchronized with it', async () => {
    const attack = theCase('MS-126');
    ledger.ran(door, attack);
    const sibling = await openReceiver(arena, 'sibling', receiver.pane);
    await arena.world.tmux('set-option', '-w', '-t', receiver.pane, 'synchronize-panes', 'on');
    const text = arena.read(attack) as string;
    await accepted(arena, 'send_keys', { target: receiver.pane, text });
    await arena.world.tmux('set-option', '-w', '-t', receiver.pane, 'synchronize-panes', 'off');
    expect((await sibling.take()).length).toBe(0);
    expect((await receiver.take()).toString()).toBe(pasted(text));
  });

  it.each(ledger.of(door).filter(hasCanary))(
    '$id runs nothing in a shell',
    async (attack) => {
      const shell = await openShell(arena);
      const lastWord = arena.canary(attack.id);
      for (let round = 0; round < REPEATS; round++) {
        await accepted(arena, 'send_keys', { target: shell.pane, text: arena.read(attack) });
        await until('the text', async () => (await shell.typed()).includes(lastWord));
        await shell.drop();
      }
      // The same words with Enter: this shell would have run them.
      const control = `${arena.world.home}/${attack.id}`;
      await arena.world.tmux('send-keys', '-t', shell.pane, `touch ${control}`, 'Enter');
      await until('the command', () => existsSync(control));
    },
    120_000,
  );

  it('ran no job', () => arena.expectNoCanary());
});

describe.each(DOORS)('messages under the strict policy, through %s', (door) => {
  let arena: Arena;
  let receiver: Receiver;
  beforeAll(async () => {
    arena = await openArena(door, (world) => {
      world.env.TMUX_ORC_SECURITY_SANITIZER_MESSAGE_POLICY = 'strict';
    });
    receiver = await openReceiver(arena, 'received');
  });
  afterAll(() => arena.close());

  it.each(ledger.of(door, 'accept_literal').filter(isStrict))('$id arrives as it is: $why', async (attack) => {
    ledger.ran(door, attack);
    await expectDelivered(arena, attack, receiver);
  });

  it.each(ledger.of(door, 'reject').filter(isStrict))('$id is refused: $why', async (attack) => {
    ledger.ran(door, attack);
    await expectAllRefused(arena, attack, arena.read(attack), [
      ['send_keys', { target: receiver.pane, text: arena.read(attack) }],
    ], ['INVALID_INPUT']); // prettier-ignore
    expect((await receiver.take()).length).toBe(0);
  });

  it('ran every case', () => {
    ledger.expectComplete(door);
  });
});
