import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Counts, count, manyTexts, type Sent } from '../support/sends.js';
import { until } from '../support/world.js';
import { stringsIn } from './stub/wire.js';
import { CHOSEN, drive, type Driven } from './support/driven.js';

/** `npm run lab -- --long` sends four times as many. */
const SENDS = process.env.LAB_LONG === undefined ? 50 : 200;

/** What a CLI puts around a long paste, for the model. */
const TAGS = /<\/?pasted_content(?: id="[^"]*")?>/g;

const squash = (text: string): string => text.normalize('NFC').replaceAll(/[\s\p{Cf}]+/gu, '');

describe.each(CHOSEN)('sends to $id', (cli) => {
  let driven: Driven;
  beforeAll(async () => {
    driven = await drive(cli);
    await driven.spawn('a');
    await driven.becomes('a', 'idle', 60_000);
  }, 120_000);
  afterAll(() => driven.close());

  const send = async (message: string, more: object = {}): Promise<any> =>
    (await driven.ok('send_message', { agent: 'a', message, timeout_seconds: 30, ...more })).receipt;
  const idle = (receipt: any): Promise<any> =>
    driven.ok('wait_for_agents', {
      agents: ['a'],
      timeout_seconds: 50,
      ...(receipt === undefined ? {} : { after_seq: receipt.seq }),
    });
  /** What stands in each request; the last ones may leave out what was said first. */
  const said = (): string[][] =>
    driven.stub.received.map(({ body }) => stringsIn(JSON.parse(body)).map((text) => text.replaceAll(TAGS, '')));
  const most = (test: (text: string) => boolean, requests = said()): number =>
    Math.max(...requests.map((texts) => texts.filter(test).length));
  /** How many messages have brought a text, to the byte. */
  const times = (text: string, requests?: string[][]): number => most((one) => one.includes(text), requests);

  it(`are taken once each, to the byte (${String(SENDS)})`, { timeout: 3_000_000 }, async () => {
    const sent: Sent[] = [];
    const note = async (fault: string, text: string, more: object = {}): Promise<any> => {
      const since = performance.now();
      const receipt = await send(text, more);
      sent.push({ text, fault, state: receipt.state, reason: receipt.reason, ms: performance.now() - since });
      return receipt;
    };
    for (const [n, text] of manyTexts('lab', SENDS - 6, 0).entries()) {
      const receipt = await note('', n % 20 === 19 ? `${text} ${'lorem ipsum '.repeat(1700)}` : text);
      const waited = await idle(receipt);
      if (receipt.state === 'submitted' && waited.outcome === 'met') continue;
      const { text: screen } = await driven.ok('read_agent', { agent: 'a', what: 'screen' });
      process.stdout.write(`${cli.id}: ${JSON.stringify({ receipt, waited })}\n${screen}\n`);
    }
    for (const n of [1, 2]) {
      const slow = await note('', `SLOW 4 turn ${String(n)}`);
      await note('turn', `during the turn ${String(n)}`, { mode: 'now' });
      await note('queue', `after the turn ${String(n)}`);
      await idle(slow);
    }
    await until('all of them to be sent', async () => (await driven.ok('list_agents')).agents[0].unread === 0, 60_000);
    await idle(undefined);
    const requests = said();
    const squashed = requests.map((texts) => texts.map(squash));
    /** Likewise, whatever the CLI makes of blanks and of what joins emoji. */
    const timesAltered = (text: string): number => most((one) => one.includes(squash(text)), squashed);
    const counts: Counts = count(sent, timesAltered);
    const altered = sent
      .filter(({ text }) => timesAltered(text) === 1 && times(text, requests) === 0)
      .map(({ text }) => text.slice(0, 20));
    process.stdout.write(`${cli.id} sends: ${JSON.stringify({ ...counts, altered })}\n`);
    expect(counts).toMatchObject({ sends: SENDS, doubled: 0, lost: 0, falselySubmitted: 0 });
  });

  it('are not typed into a draft or a dialog', { timeout: 180_000 }, async () => {
    const { pane } = (await driven.ok('get_agent_status', { agent: 'a' })).agent;
    await driven.ok('send_keys', { target: pane, text: 'a thought of a person' });
    const screen = async (): Promise<string> => (await driven.ok('read_agent', { agent: 'a', what: 'screen' })).text;
    await until('the draft', async () => (await screen()).includes('a thought of a person'));
    const refused = await send('not now', { mode: 'now', timeout_seconds: 1 });
    expect(refused).toMatchObject({ state: 'refused', reason: 'draft' });
    const held = await send('after the draft', { timeout_seconds: 1 });
    expect(held).toMatchObject({ state: 'held', reason: 'draft' });
    await driven.ok('send_keys', { target: pane, keys: ['Enter'] });
    await until('the message', () => times('after the draft') === 1, 60_000);
    expect([times('a thought of a person'), times('not now')]).toEqual([1, 0]);
    await idle(undefined);
    if (!cli.asks) return;
    await send('TOOL touch lab-proof');
    await driven.becomes('a', 'waiting_permission', 30_000);
    expect(await send('into the dialog', { mode: 'now', timeout_seconds: 2 })).toMatchObject({
      state: 'refused',
      reason: 'dialog',
    });
    expect(await send('after the dialog', { timeout_seconds: 2 })).toMatchObject({ state: 'held', reason: 'dialog' });
    await driven.ok('send_keys', { target: pane, keys: ['Escape'] });
    await until('the message', () => times('after the dialog') === 1, 60_000);
    expect(times('into the dialog')).toBe(0);
  });
});
