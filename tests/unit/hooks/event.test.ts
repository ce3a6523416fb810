import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTold, type Told } from '../../../src/agents/told.js';
import { paneRow } from '../../contract/rows.js';
import { CONTROL, type Opened } from '../../contract/subject.js';
import { until } from '../../support/world.js';

const SCRIPT = fileURLToPath(new URL('../../../bin/hooks/event.sh', import.meta.url));
const KEPT_BYTES = 1_000_000;

let opened: Opened;
let folder: string;
let socket: string;
let count = 0;
beforeAll(async () => {
  opened = await CONTROL.open();
  socket = opened.world.socketPath;
  await opened.world.tmux('new-session', '-d', '-s', 'first', 'sleep 600');
});
afterAll(() => opened.close());

interface Pane {
  readonly id: string;
  readonly told: () => Promise<Told | undefined>;
  readonly set: (option: string, value: string) => Promise<string>;
}

async function newPane(): Promise<Pane> {
  const { tmux } = opened.world;
  const id = await tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'first:', 'sleep 600');
  folder = join(opened.world.home, `agent ${String(count++)}`);
  mkdirSync(folder);
  return {
    id,
    told: async () => readTold(await tmux('display-message', '-p', '-t', id, '#{@orc_event}')),
    set: (option, value) => tmux('set-option', '-p', '-t', id, option, value),
  };
}

interface Call {
  /** One more word. */
  readonly word?: string;
  /** On standard input. */
  readonly input?: string;
  /** Undefined: TMUX_PANE is not there. */
  readonly pane: string | undefined;
  readonly into?: string;
  readonly tmux?: string;
  readonly on?: string;
}

/** Runs it as a CLI does. What it prints, how it ends, and what a CLI that writes to it gets to know, have to be nothing. */
async function tell(event: string, { word, input = '{}', pane, into = folder, tmux = 'tmux', on = socket }: Call): Promise<void> {
  const words = [SCRIPT, into, tmux, on, event, ...(word === undefined ? [] : [word])];
  const child = spawn('/bin/sh', words, {
    env: { PATH: process.env.PATH, TMUX_TMPDIR: process.env.TMUX_TMPDIR, ...(pane === undefined ? {} : { TMUX_PANE: pane }) },
  });
  const broken: string[] = [];
  // Where the payload is a word, nothing has to be read.
  child.stdin.on('error', ({ message }) => word === undefined && broken.push(message));
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const [status, out, errors] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  expect({ status, out, errors, broken }).toEqual({ status: 0, out: '', errors: '', broken: [] });
} // prettier-ignore

const kept = (event: string): string => readFileSync(join(folder, event), 'utf8');

const PAYLOADS = {
  plain: '{"prompt":"do it"}',
  quotes: `{"prompt":"it's \\"so\\" \`touch x\` $(touch x) $HOME \\\\ %s %n"}`,
  newlines: '{"prompt":\n"a"}\n\n',
  unicode: '{"prompt":"häß – 漢字 🙂"}',
  long: JSON.stringify({ prompt: 'x'.repeat(100_000) }),
  empty: '',
};

describe('the payload of an event', () => {
  it.each(Object.entries(PAYLOADS))('is kept as it is: %s', async (_what, payload) => {
    const pane = await newPane();
    await tell('submitted', { input: payload, pane: pane.id });
    await tell('finished', { word: payload, input: 'not this', pane: pane.id });
    expect([kept('submitted') === payload, kept('finished') === payload]).toEqual([true, true]);
    expect(readdirSync(folder).sort()).toEqual(['finished', 'submitted']);
    expect(statSync(join(folder, 'submitted')).mode & 0o777).toBe(0o600);
    expect(await pane.told()).toMatchObject({ event: 'finished', turns: 2 });
  });

  it('is cut off where it is very long, while whoever writes it can write all of it', async () => {
    const pane = await newPane();
    await tell('submitted', { input: JSON.stringify({ prompt: 'y'.repeat(3 * KEPT_BYTES) }), pane: pane.id });
    expect(statSync(join(folder, 'submitted')).size).toBe(KEPT_BYTES);
    expect(await pane.told()).toMatchObject({ event: 'submitted', turns: 1 });
  });

  it('is the last one of its event', async () => {
    const pane = await newPane();
    for (const input of ['{"prompt":"a much longer one"}', '{"a":1}'])
      await tell('submitted', { input, pane: pane.id });
    expect(kept('submitted')).toBe('{"a":1}');
  });

  it('takes the place of a link, and leaves alone what that leads to', async () => {
    const pane = await newPane();
    const other = join(opened.world.home, 'other');
    writeFileSync(other, 'theirs');
    symlinkSync(other, join(folder, 'submitted'));
    await tell('submitted', { input: '{"a":1}', pane: pane.id });
    expect([readFileSync(other, 'utf8'), kept('submitted')]).toEqual(['theirs', '{"a":1}']);
  });

  it.each(['missing', 'file'])('is lost where it cannot be kept, and the event is told: %s', async (name) => {
    const pane = await newPane();
    // Below a file nobody can write, not even root.
    writeFileSync(join(folder, 'file'), '');
    const into = join(folder, name);
    await tell('submitted', { input: 'z'.repeat(2 * KEPT_BYTES), pane: pane.id, into });
    await tell('finished', { word: '{}', pane: pane.id, into });
    expect(await pane.told()).toMatchObject({ event: 'finished', turns: 2 });
    expect([readdirSync(folder), kept('file')]).toEqual([['file'], '']);
  });
});

describe('an event', () => {
  it('counts where it begins or ends a turn, and tells when it was', async () => {
    const pane = await newPane();
    const turns: (number | undefined)[] = [];
    const before = Date.now();
    for (const event of ['started', 'submitted', 'noted', 'finished', 'noted', 'submitted', 'failed']) {
      await tell(event, { pane: pane.id });
      const told = await pane.told();
      expect(told?.event).toBe(event);
      expect(told?.at).toBeGreaterThanOrEqual(before);
      expect(told?.at).toBeLessThanOrEqual(Date.now());
      turns.push(told?.turns);
    }
    expect(turns).toEqual([0, 1, 1, 2, 2, 3, 4]);
    expect((await paneRow(opened.tmux, pane.id)).agentEvent).toMatch(/^4 failed [0-9]+$/);
  }); // prettier-ignore

  it('is of its own pane alone', async () => {
    const [one, other] = [await newPane(), await newPane()];
    await tell('submitted', { pane: one.id });
    expect([(await one.told())?.turns, await other.told()]).toEqual([1, undefined]);
  });

  it('is counted also where 20 come at once', async () => {
    const pane = await newPane();
    const events = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'submitted' : 'finished'));
    await Promise.all(events.map((event, index) => tell(event, { input: `{"n":${String(index)}}`, pane: pane.id })));
    expect((await pane.told())?.turns).toBe(20);
    expect(readdirSync(folder).sort()).toEqual(['finished', 'submitted']);
    expect(JSON.parse(kept('submitted'))).toHaveProperty('n');
  });

  it('is told over a socket in a folder with blanks', async () => {
    const { world } = opened;
    await newPane();
    const place = join(world.home, 'a b');
    mkdirSync(place, { mode: 0o700 });
    const on = join(place, 'so cket');
    const at = (...argv: string[]): Promise<string> => world.tmux('-S', on, ...argv);
    const pane = await at('new-session', '-d', '-P', '-F', '#{pane_id}', 'sleep 600');
    try {
      await tell('submitted', { pane, on });
      expect(readTold(await at('display-message', '-p', '-t', pane, '#{@orc_event}'))).toMatchObject({ turns: 1 });
    } finally {
      await at('kill-server');
    }
  });

  it('is told to nobody without harm', async () => {
    const pane = await newPane();
    const payload = { input: 'w'.repeat(2 * KEPT_BYTES) };
    await tell('submitted', { ...payload, pane: undefined });
    await tell('submitted', { ...payload, pane: '' });
    await tell('submitted', { pane: pane.id, tmux: '/nowhere/tmux' });
    await tell('submitted', { pane: pane.id, on: join(folder, 'none') });
    await tell('submitted', { pane: '%999999' });
    expect(await pane.told()).toBeUndefined();
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  it('is told by the id of a pane alone: other words would be names', async () => {
    const pane = await newPane();
    const all = (): Promise<string> => opened.world.tmux('list-panes', '-a', '-F', '#{pane_id} #{@orc_event}');
    const before = await all();
    for (const name of ['first', 'fir', 'first:0.0', '%', `${pane.id}x`, '=first', '{last}', ':', '%*'])
      await tell('submitted', { pane: name });
    expect(await all()).toBe(before);
  });
});

describe('what another program has put into the options', () => {
  const hostile = (mark: string): string[] => [
    `#(touch ${mark})`,
    `#{E:#(touch ${mark})}`,
    `#{T:@orc_event}#(touch ${mark})`,
    `},#(touch ${mark}),1`,
    `1,#(touch ${mark})`,
    `#{?1,#(touch ${mark}),}`,
    `1" ; run-shell "touch ${mark}`,
    `$(touch ${mark})`,
    '%H %s #{pane_id}',
  ];

  it('runs nothing, and is gone with the next events', async () => {
    const pane = await newPane();
    const marks = join(opened.world.home, 'marks');
    mkdirSync(marks);
    for (const [index, value] of hostile(join(marks, 'ran')).entries()) {
      await pane.set('@orc_turns', value);
      await pane.set('@orc_event', value);
      expect(await pane.told()).toBeUndefined();
      await tell('submitted', { pane: pane.id });
      await opened.tmux.list();
      await tell('finished', { pane: pane.id });
      expect([index, (await pane.told())?.event]).toEqual([index, 'finished']);
    }
    // The same words where tmux does run them: what had been run above would have been run before.
    await pane.set('@orc_proof', hostile(join(marks, 'control'))[0]!);
    await until('the proof', async () => {
      await opened.world.tmux('display-message', '-p', '-t', pane.id, '#{E:@orc_proof}');
      return existsSync(join(marks, 'control'));
    });
    expect(readdirSync(marks)).toEqual(['control']);
  });

  it.each(['9'.repeat(400), 'nan', '-5', '0x10', '1e300'])(
    'is no great number of turns where it is %.9s',
    async (value) => {
      const pane = await newPane();
      await pane.set('@orc_turns', value);
      await tell('submitted', { pane: pane.id });
      expect((await pane.told())?.turns ?? 0).toBeLessThan(100);
    },
  );

  it('counts on from the number that stands there', async () => {
    const pane = await newPane();
    await pane.set('@orc_turns', '41');
    await tell('submitted', { pane: pane.id });
    expect((await pane.told())?.turns).toBe(42);
  });
});
