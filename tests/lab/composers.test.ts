import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentState } from '../../src/kernel/agent-words.js';
import { builtInProviders } from '../../src/providers/index.js';
import { type DetectionPack, readScreen, type ScreenReading } from '../../src/providers/pack.js';
import type { Screen } from '../../src/providers/screen.js';
import { holds, type Shown } from '../support/composer.js';
import { screenVerdict } from '../support/screen-verdict.js';
import { until } from '../support/world.js';
import type { Received } from './stub/server.js';
import { type Bench, openBench } from './support/lab.js';
import { CHOSEN } from './support/driven.js';

const RECORD = process.env.LAB_RECORD;
/** That of a pane in a session that nobody is attached to. */
const SIZE = { width: 80, height: 24 };
/** Enter right behind a paste may be read as a part of it. */
const PASTE_GAP_MS = 150;
/** Two keys at once may be read as another one. */
const KEY_GAP_MS = 150;

const words = (count: number): string => Array.from({ length: count }, (_, n) => `word${String(n)}`).join(' ');
const rows = (count: number): string => Array.from({ length: count }, (_, n) => `row number ${String(n)}`).join('\n');

/** Texts that their composers show in different ways, or that look like something else. */
const TEXTS = {
  short: 'hello there',
  marked: 'see @src/index.ts, a/b and #12: it costs $5! 你好 שלום "q" `b` $HOME \\n',
  list: '1. Yes, go on\n2. No',
  blank: 'first\n\n  third',
  drawn: '│ above │\n────────────────────────────\n❯ › > ┃ below',
  wrapped: words(40),
  tall: words(100),
  many: rows(30),
  long: words(400),
} as const;
type TextName = keyof typeof TEXTS;

/** How it shows those that it does not show whole. */
const SHOWN: Readonly<Record<string, Readonly<Partial<Record<TextName, Shown>>>>> = {
  claude: { tall: 'end', many: 'pasted', long: 'pasted' },
  codex: { many: 'end', long: 'pasted' },
  gemini: { tall: 'pasted', many: 'pasted', long: 'pasted' },
  opencode: { blank: 'pasted', drawn: 'pasted', wrapped: 'pasted', tall: 'pasted', many: 'pasted', long: 'pasted' },
  qwen: { tall: 'end', many: 'pasted', long: 'pasted' },
  pi: { tall: 'end', many: 'pasted', long: 'pasted' },
};
const RECORDED: readonly TextName[] = ['list', 'drawn', 'tall', 'many'];

interface Seen {
  readonly screen: Screen;
  readonly reading: ScreenReading;
  readonly state: AgentState;
}

describe.each(CHOSEN)('$id', (cli) => {
  let bench: Bench;
  const provider = builtInProviders.byId(cli.id)!;
  const pack: DetectionPack = provider.packs.at(-1)!;
  beforeAll(async () => {
    bench = await openBench(cli, { size: SIZE });
    await settled();
  }, 90_000);
  afterAll(() => bench.close());

  const look = async (): Promise<Seen> => {
    const screen = await bench.pane.read();
    return { screen, reading: readScreen(pack, screen), state: screenVerdict(pack, screen).state };
  };

  const becomes = (what: string, test: (seen: Seen) => boolean, timeoutMs = 10_000): Promise<Seen> =>
    until(
      what,
      async () => {
        const seen = await look();
        return test(seen) && seen;
      },
      timeoutMs,
    );

  const isReady = ({ reading, state }: Seen): boolean => state === 'idle' && reading.draft === '';
  const idle = (): Promise<Seen> => becomes('it to be idle with nothing typed', isReady, 30_000);

  /** It may draw a composer that takes nothing before it has started. */
  async function settled(): Promise<void> {
    for (let count = 0; count < 15; count++) {
      await sleep(200);
      if (!isReady(await look())) count = 0;
    }
  }

  /** @param shown undefined where nothing of the text is to be seen */
  function keep(name: string, { screen, state }: Seen, typed: string, shown?: Shown): void {
    if (RECORD === undefined) return;
    const folder = join(RECORD, cli.id, bench.version);
    mkdirSync(folder, { recursive: true });
    const lines = screen.lines.slice(-SIZE.height);
    const text = JSON.stringify({ state, draft: typed, shown, title: screen.title, lines }, null, 1);
    // Its end may stand on a line of its own.
    const clean = text.replaceAll(/\/[^\s"]*homes-[^\s"]*/g, '/home/lab/proj');
    writeFileSync(join(folder, `composer-${name}-${state}.json`), `${clean}\n`);
  }

  async function enter(): Promise<void> {
    await sleep(PASTE_GAP_MS);
    await bench.pane.keys('Enter');
  }

  async function order(text: string): Promise<Received> {
    const before = bench.stub.received.length;
    await bench.pane.type(text);
    await becomes('the order', ({ reading }) => holds(pack, reading, text, 'whole'));
    await enter();
    return until('the request', () => bench.stub.received.slice(before).find(({ turn }) => turn.text.includes(text)), 30_000); // prettier-ignore
  }

  it('is read exactly, and all of it is sent', { timeout: 240_000 }, async () => {
    const took: string[] = [];
    for (const name of Object.keys(TEXTS) as TextName[]) {
      await idle();
      const text = TEXTS[name];
      const shown = SHOWN[cli.id]?.[name] ?? 'whole';
      const before = bench.stub.received.length;
      const start = performance.now();
      await bench.pane.type(text);
      const seen = await becomes(`${name} as ${shown}`, ({ reading }) => holds(pack, reading, text, shown));
      const drawn = performance.now();
      if (RECORDED.includes(name)) keep(name, seen, text, shown);
      await enter();
      await until(
        `${name} to arrive`,
        () => bench.stub.received.slice(before).some(({ turn }) => turn.text.includes(text)),
        30_000,
      );
      took.push(`${name} ${String(Math.round(drawn - start))}+${String(Math.round(performance.now() - drawn))}`);
    }
    process.stdout.write(`${cli.id} drawn+sent, in ms: ${took.join(', ')}\n`);
  });

  it('holds nothing once a message has been taken while it works', { timeout: 90_000 }, async () => {
    await idle();
    const request = await order('SLOW 6');
    await becomes('it to work', ({ state }) => state === 'working');
    const count = bench.stub.received.length;
    const text = 'said meanwhile';
    await bench.pane.type(text);
    await becomes('the text', ({ reading }) => holds(pack, reading, text, 'whole'));
    await enter();
    await becomes('it to be taken', ({ reading }) => reading.draft === '');
    await sleep(1000);
    const later = await look();
    expect([later.reading.draft, later.state]).toEqual(['', 'working']);
    keep('meanwhile', later, '');
    await until('the text to arrive', () => bench.stub.received.slice(count).some(({ turn }) => turn.text.includes(text)), 30_000); // prettier-ignore
    await until('the end', () => request.endedAt);
    await idle();
  });

  it('is stopped by the keys of its provider', { timeout: 90_000 }, async () => {
    await idle();
    const request = await order('SLOW 30');
    await becomes('it to work', ({ state }) => state === 'working');
    await sleep(1500);
    expect(request.endedAt).toBeUndefined();
    const pressed = Date.now();
    for (const [index, key] of provider.interruptKeys!.entries()) {
      if (index > 0) await sleep(KEY_GAP_MS);
      await bench.pane.keys(key);
    }
    const ended = await until('the end of the request', () => request.endedAt, 3000);
    const { reading } = await becomes('it to be idle', ({ state }) => state === 'idle', 5000);
    const said = String(Date.now() - pressed);
    process.stdout.write(`${cli.id} stopped after ${String(ended - pressed)} ms, said so after ${said} ms\n`);
    expect(reading.draft).toBe('');
    await order('SAY onward');
    await idle();
  });
});
