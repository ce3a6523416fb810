import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { AgentState } from '../../src/kernel/agent-words.js';
import { until } from '../support/world.js';
import type { Received } from './stub/server.js';
import type { Cli } from './support/clis.js';
import { CHOSEN, drive, type Driven } from './support/driven.js';

/** How long one CLI is looked at. */
const RUN_MS = Number(process.env.LAB_SECONDS ?? '60') * 1000;
const SAMPLE_MS = 100;
/** A change has to be seen after so long; samples before that do not count. */
const LAG_MS = { exact: 500, screen: 1500 };
const WRONG_RATIO = 0.005;

/** What was true from a moment on, until the next one; no state is anything. */
interface Truth {
  readonly from: number;
  readonly states: readonly AgentState[];
}
interface Sample {
  readonly at: number;
  readonly state: AgentState;
  readonly by: string;
}

/** Runs orders of the script one after the other, and notes from when on which state is true. */
class Script {
  readonly truths: Truth[] = [];

  constructor(
    private readonly driven: Driven,
    private readonly pane: string,
    private readonly cli: Cli,
  ) {}

  private is(from: number, ...states: AgentState[]): void {
    this.truths.push({ from, states });
  }

  private async order(text: string): Promise<Received> {
    const { stub, ok } = this.driven;
    const before = stub.received.length;
    await ok('send_keys', { target: this.pane, text });
    await sleep(700);
    await this.press('Enter');
    return until('the request', () => stub.received[before], 20_000);
  }

  private ended = (request: Received): Promise<number> => until('its answer', () => request.endedAt, 60_000);

  /** From a key on nothing is known until it has had its effect. */
  private async press(...keys: string[]): Promise<number> {
    this.is(Date.now());
    await this.driven.ok('send_keys', { target: this.pane, keys });
    return Date.now();
  }

  /** Whatever comes after a turn is not known to the hundredth of a second; nothing is said of that time. */
  private async rest(): Promise<void> {
    await sleep(4000);
  }

  private async talk(): Promise<void> {
    const request = await this.order('SLOW 6');
    this.is(request.at, 'working');
    this.is(await this.ended(request), 'idle');
    await this.rest();
  }

  private async command(): Promise<void> {
    const request = await this.order(
      `TOOL touch proof-${String(this.truths.length)} && for i in 1 2 3; do sleep 1; done`,
    );
    this.is(request.at, 'working');
    const asked = await this.ended(request);
    const { stub } = this.driven;
    if (this.cli.asks) {
      // Some take their time before they ask.
      this.is(asked);
      await sleep(this.cli.askDelayMs ?? 0);
      this.is(Math.max(asked, Date.now()), 'waiting_permission');
      await this.rest();
      const count = stub.received.length;
      this.is(await this.press('Enter'), 'working');
      await until('the result', () => stub.received.length > count, 20_000);
    } else await until('the result', () => stub.received.at(-1)?.turn.isToolResult === true, 20_000);
    this.is(await this.ended(stub.received.at(-1)!), 'idle');
    await this.rest();
  }

  private async interrupted(): Promise<void> {
    const request = await this.order('SLOW 30');
    this.is(request.at, 'working');
    await sleep(3000);
    // Some ask for a second one.
    await this.press('Escape');
    await sleep(300);
    this.is(await this.press('Escape'), 'idle');
    await this.rest();
    await this.press('C-u');
    this.is(Date.now(), 'idle');
  }

  private async failed(): Promise<void> {
    const request = await this.order('ERR 400');
    this.is(request.at, 'working', 'error');
    this.is(await this.ended(request), 'working', 'error');
    await this.rest();
    this.is(Date.now(), 'error');
    await this.rest();
    if (this.cli.triesAgain === true) {
      await this.press('Escape');
      await sleep(300);
      await this.press('Escape');
      await sleep(500);
    }
    await this.press('C-u');
    this.is(Date.now(), 'error', 'idle');
  }

  async run(untilMs: number): Promise<void> {
    this.is(Date.now(), 'idle');
    await this.rest();
    const steps = [() => this.talk(), () => this.command(), () => this.interrupted(), () => this.failed()];
    for (let n = 0; Date.now() < untilMs; n++) await steps[n % steps.length]!();
  }
}

interface Count {
  samples: number;
  wrong: number;
  lagMs: number;
}

function judge(truths: readonly Truth[], samples: readonly Sample[]): { readonly counts: Map<string, Count>; readonly wrong: string[] } {
  const counts = new Map<string, Count>();
  const wrong: string[] = [];
  for (const [index, { from, states }] of truths.entries()) {
    if (states.length === 0) continue;
    const to = truths[index + 1]?.from ?? Infinity;
    const name = states.join(' or ');
    const count = counts.get(name) ?? { samples: 0, wrong: 0, lagMs: 0 };
    counts.set(name, count);
    const within = samples.filter(({ at }) => at >= from && at < to);
    const first = within.findIndex(({ state }) => states.includes(state));
    const seen = within[first];
    if (seen !== undefined) count.lagMs = Math.max(count.lagMs, seen.at - from);
    for (const sample of within.filter(({ at }) => at >= from + LAG_MS.screen)) {
      count.samples++;
      if (states.includes(sample.state)) continue;
      count.wrong++;
      wrong.push(`${name} since ${String(sample.at - from)} ms: ${sample.state} by ${sample.by}`);
    }
  }
  return { counts, wrong };
} // prettier-ignore

it.each(CHOSEN)('$id is what it is said to be', { timeout: RUN_MS + 180_000 }, async (cli) => {
  const driven = await drive(cli);
  try {
    const started = await driven.spawn('worker', { briefing: 'SAY briefed' });
    const isBriefed = ({ order, endedAt }: Received): boolean => order.kind === 'say' && endedAt !== undefined;
    await until('the briefing', () => driven.stub.received.some(isBriefed), 60_000);
    await driven.becomes('worker', 'idle', 60_000);
    const script = new Script(driven, started.agent.pane, cli);
    const samples: Sample[] = [];
    const stop = new AbortController();
    const sampling = (async () => {
      while (!stop.signal.aborted) {
        const at = Date.now();
        const { state, evidence } = await driven.ok('get_agent_status', { agent: 'worker', explain: true });
        const by = evidence.map((item: any) => `${item.source}.${item.rule}${item.decided ? '!' : ''}`).join(' ');
        samples.push({ at: Date.now(), state, by });
        await sleep(Math.max(0, SAMPLE_MS - (Date.now() - at)));
      }
    })();
    try {
      await script.run(Date.now() + RUN_MS);
    } finally {
      stop.abort();
      await sampling;
    }
    const { counts, wrong } = judge(script.truths, samples);
    const all = [...counts.values()].reduce((sum, count) => sum + count.samples, 0);
    const lines = [...counts].map(([name, { samples: n, wrong: bad, lagMs }]) => `  ${name}: ${String(bad)} wrong of ${String(n)}, seen after at most ${String(lagMs)} ms`); // prettier-ignore
    process.stdout.write(`${cli.id}: ${String(wrong.length)} wrong of ${String(all)} samples\n${lines.join('\n')}\n${wrong.slice(0, 10).join('\n')}\n`); // prettier-ignore
    expect(wrong.length, wrong.slice(0, 20).join('\n')).toBeLessThanOrEqual(all * WRONG_RATIO);
  } finally {
    await driven.close();
  }
});
