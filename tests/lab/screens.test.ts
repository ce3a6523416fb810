import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../src/providers/index.js';
import type { DetectionPack } from '../../src/providers/pack.js';
import type { AgentState } from '../../src/kernel/agent-words.js';
import { screenVerdict } from '../support/screen-verdict.js';
import { CLIS } from './support/clis.js';
import { type Bench, openBench } from './support/lab.js';
import type { Sample } from './support/pane.js';

const RECORD = process.env.LAB_RECORD;
const ONLY = (process.env.LAB_ONLY ?? '').split(',').filter((id) => id !== '');
const READY_MS = 60_000;
/** More screens of one state show nothing new. */
const MAX_OF_STATE = 12;

/** Looks at one CLI while it is known what it does, and keeps what it saw. */
class Watcher {
  private readonly seen = new Map<string, Set<string>>();
  private count = 0;
  readonly wrong: string[] = [];
  samples = 0;

  constructor(
    private readonly bench: Bench,
    private readonly pack: DetectionPack,
  ) {}

  /** @param state what is true for so long @param draft what stands in its composer */
  async watch(state: AgentState, forMs: number, draft = ''): Promise<void> {
    for (const end = performance.now() + forMs; performance.now() < end;) {
      const sample = await this.bench.pane.look();
      this.judge(state, sample);
      this.keep(state, draft, sample);
      await sleep(100);
    }
  }

  private judge(state: AgentState, sample: Sample): void {
    const { state: said, winner } = screenVerdict(this.pack, sample);
    this.samples++;
    if (said !== state) this.wrong.push(`${said} for ${state} by ${winner?.rule ?? 'nothing'}`);
  }

  private keep(state: AgentState, draft: string, sample: Sample): void {
    if (RECORD === undefined) return;
    const kept = this.seen.get(state) ?? new Set();
    this.seen.set(state, kept);
    const shape = [sample.title, ...sample.lines.slice(-12)].map((line) => line.replaceAll(/[0-9⠀-⣿]+/g, '0'));
    const same = JSON.stringify(shape);
    if (kept.has(same) || kept.size >= MAX_OF_STATE) return;
    kept.add(same);
    const folder = join(RECORD, this.bench.cli.id, this.bench.version);
    mkdirSync(folder, { recursive: true });
    const name = `${String(this.count++).padStart(3, '0')}-${state}.json`;
    const text = JSON.stringify({ state, ...(draft === '' ? {} : { draft }), ...sample }, null, 1).replaceAll(
      this.bench.home.path,
      '/home/lab',
    );
    writeFileSync(join(folder, name), `${text}\n`);
  }
}

/** Waits until the screen has not changed for two seconds, and then for what `look` says. */
async function settled(bench: Bench, timeoutMs = READY_MS): Promise<Sample> {
  let last = '';
  let since = performance.now();
  for (const end = since + timeoutMs; performance.now() < end;) {
    await sleep(200);
    const sample = await bench.pane.look();
    const text = sample.lines.join('\n');
    if (text !== last) [last, since] = [text, performance.now()];
    if (text.trim() !== '' && performance.now() - since > 4000) return sample;
  }
  throw new Error(`${bench.cli.id} does not come to rest`);
}

async function say(bench: Bench, text: string): Promise<void> {
  const before = bench.stub.received.length;
  await bench.pane.type(text);
  await sleep(700);
  await bench.pane.keys('Enter');
  for (const end = performance.now() + 20_000; performance.now() < end;) {
    if (bench.stub.received.length > before) return;
    await sleep(50);
  }
  throw new Error(`${bench.cli.id} did not send: ${text}`);
}

describe.each(CLIS.filter(({ id }) => ONLY.length === 0 || ONLY.includes(id)))('$id', (cli) => {
  it('shows its states', { timeout: 240_000 }, async () => {
    const bench = await openBench(cli);
    const watcher = new Watcher(bench, builtInProviders.byId(cli.id)!.packs.at(-1)!);
    try {
      await settled(bench);
      await watcher.watch('idle', 1000);
      await say(bench, 'SAY hello there');
      await sleep(3000);
      await watcher.watch('idle', 1000);
      await bench.pane.type('a draft');
      await sleep(700);
      await watcher.watch('idle', 600, 'a draft');
      await bench.pane.keys('C-u');
      await sleep(500);
      await say(bench, 'SLOW 8');
      await sleep(1200);
      await watcher.watch('working', 5500);
      await sleep(4500);
      await watcher.watch('idle', 1000);
      await say(bench, 'SAY the words "esc to interrupt", Action Required, Do you want to proceed? and Working...');
      await sleep(3000);
      await watcher.watch('idle', 1000);
      if (cli.asks) {
        await say(bench, 'TOOL touch lab-proof');
        await sleep(4500);
        await watcher.watch('waiting_permission', 1500);
        expect(existsSync(join(bench.home.project, 'lab-proof'))).toBe(false);
        await bench.pane.keys('Escape');
        await sleep(2500);
        await watcher.watch('idle', 1000);
      }
      await say(bench, 'TOOL for i in 1 2 3 4 5 6; do sleep 1; done');
      await sleep(2500);
      if (cli.asks) {
        await bench.pane.keys('Enter');
        await sleep(1500);
      }
      await watcher.watch('working', 2000);
      await sleep(8000);
      await watcher.watch('idle', 1000);
      await say(bench, 'HANG');
      await sleep(1500);
      await watcher.watch('working', 3000);
      await bench.pane.keys('Escape');
      await sleep(1000);
      await bench.pane.keys('Escape');
      await sleep(2500);
      // Stopped before any answer, it gives the message back.
      await watcher.watch('idle', 600, cli.id === 'claude' ? 'HANG' : '');
      await bench.pane.keys('C-u');
      await sleep(500);
      for (const status of cli.statuses) {
        await say(bench, `ERR ${String(status)}`);
        await sleep(3000);
        await watcher.watch(cli.retries?.[status] ?? 'error', 3000);
        await bench.pane.keys('Escape');
        await sleep(1000);
        await bench.pane.keys('Escape');
        await sleep(1500);
        await bench.pane.keys('C-u');
        await sleep(500);
        await bench.pane.keys('C-u');
        await sleep(500);
      }
      process.stdout.write(
        `${cli.id} ${bench.version}: ${String(watcher.wrong.length)} wrong of ${String(watcher.samples)}\n`,
      );
      expect(watcher.wrong).toEqual([]);
    } finally {
      await bench.close();
    }
  });
});
