import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { legacyHost, okOf } from '../support/program.js';
import { until } from '../support/world.js';
import { ownTemporary } from './support/clis.js';
import { CHOSEN, drive, type Driven } from './support/driven.js';

/** Where the answers of each come from. */
const SOURCES: Readonly<Record<string, string>> = {
  ...{ claude: 'hook', codex: 'transcript', gemini: 'transcript', opencode: 'api', qwen: 'transcript', pi: 'hook' },
};
/** What begins another conversation. */
const NEW: Readonly<Record<string, string>> = {
  ...{ claude: '/clear', codex: '/new', gemini: '/clear', opencode: '/new', qwen: '/clear', pi: '/new' },
};

/** Longer than a line of the screen; one CLI takes what repeats itself for a loop. */
const LONG = Array.from({ length: 60 }, (_, index) => `n${String(index * 37)}`).join(' ');

const TURNS: readonly (readonly [order: string, answer: string])[] = [
  ['SAY first thing', 'echo: first thing'],
  ['LINES Grüße 漢字 | zweite 😀 |  | ```js | const x = "$HOME \\n"; | ```', 'echo: Grüße 漢字\nzweite 😀\n\n```js\nconst x = "$HOME \\n";\n```'],
  ['SAY a | b é', 'echo: a | b é'],
  ['THINK about it', 'echo: about it'],
  ['SLOW 3 of them', 'word0 word1 word2'],
  [`SAY ${LONG}`, `echo: ${LONG}`],
]; // prettier-ignore

interface Read {
  readonly text: string;
  readonly source: string;
  readonly complete: boolean;
  readonly cursor: string;
  readonly truncated: boolean;
}

const read = (driven: Driven, args: object = {}): Promise<Read> => driven.ok('read_agent', { agent: 'one', ...args });

/** Waits for an answer that begins so. */
const answered = (driven: Driven, text: string): Promise<Read> =>
  until(`the answer ${text}`, async () => {
    const now = await read(driven);
    return now.complete && now.text.startsWith(text) ? now : undefined;
  }, 30_000); // prettier-ignore

const conversation = async ({ ok }: Driven): Promise<string> =>
  (await ok('get_agent_status', { agent: 'one' })).conversation;

/** Everything that was said, by small pages. */
async function pages(
  driven: Driven,
): Promise<{ readonly text: string; readonly count: number; readonly cursor: string }> {
  const env = { ...driven.world.env, TMUX_ORC_MCP_MAX_RESULT_BYTES: '1200' };
  const small = await legacyHost({ ...driven.world, env });
  const texts: string[] = [];
  let since: string | undefined;
  for (;;) {
    const page: Read = await okOf(small, 'read_agent', { agent: 'one', what: 'transcript', ...(since && { since }) });
    texts.push(page.text);
    since = page.cursor;
    if (!page.truncated) break;
  }
  await small.close();
  return { text: texts.join('\n\n'), count: texts.length, cursor: since };
}

it.each(CHOSEN)('$id is read: answers, pages, and what it left', { timeout: 400_000 }, async (cli) => {
  const driven = await drive(cli);
  const { ok, becomes } = driven;
  try {
    const { agent } = await driven.spawn('one', { briefing: TURNS[0]![0] });
    const seen: Read[] = [];
    for (const [index, [order, answer]] of TURNS.entries()) {
      if (index > 0) await driven.say(agent.pane, order);
      const found = await answered(driven, answer);
      if (!order.startsWith('SLOW')) expect(found.text).toBe(answer);
      seen.push(found);
    }
    process.stdout.write(`${cli.id} answers by ${seen.map(({ source }) => source).join(' ')}\n`);
    expect(seen.map(({ source }) => source)).toEqual(TURNS.map(() => SOURCES[cli.id]));
    const last = TURNS.at(-1)![1];

    await driven.say(agent.pane, 'SLOW 30');
    await becomes('one', 'working', 15_000);
    await sleep(2000);
    expect(await read(driven)).toMatchObject({ text: last, complete: false, source: SOURCES[cli.id] });
    await ok('send_keys', { target: agent.pane, keys: ['Escape'] });
    if (cli.id === 'opencode') {
      await sleep(500);
      await ok('send_keys', { target: agent.pane, keys: ['Escape'] });
    }
    await becomes('one', 'idle', 30_000);
    await sleep(1000);
    const stopped = await read(driven);
    process.stdout.write(`${cli.id} stopped: ${stopped.source} ${stopped.text.slice(0, 30)}\n`);
    expect(stopped).toMatchObject({ text: last, complete: false });

    const { text, count, cursor } = await pages(driven);
    process.stdout.write(`${cli.id} transcript in ${String(count)} pages\n`);
    const whole = await read(driven, { what: 'transcript' });
    expect(whole.source).toBe(cli.id === 'opencode' ? 'api' : 'transcript');
    let from = 0;
    for (const [order, answer] of TURNS) {
      for (const [head, part] of [['[user]', order], ['[agent]', answer]] as const) {
        const at = whole.text.indexOf(part, from);
        expect(at).toBeGreaterThanOrEqual(from);
        expect(whole.text.slice(0, at).trimEnd().endsWith(head)).toBe(true);
        from = at + part.length;
      }
      expect(text.split(order).length - 1).toBe(1);
    }
    expect(count).toBeGreaterThan(2);

    await driven.say(agent.pane, 'SAY one more');
    await answered(driven, 'echo: one more');
    // Some write it down a moment later.
    let [since, more] = [cursor, ''];
    await until('what is new of the conversation', async () => {
      const next = await read(driven, { what: 'transcript', since });
      [since, more] = [next.cursor, `${more}${next.text}\n\n`];
      return next.complete && more.includes('echo: one more');
    });
    expect(more.trim()).toMatch(/^(?:\[no answer\].*\n\n)?\[user\]\n.*SAY one more\n\n\[agent\]\necho: one more$/);

    const before = await conversation(driven);
    await driven.say(agent.pane, NEW[cli.id]!);
    await sleep(4000);
    // It asks where, in a repository, and marks the one that is at hand.
    if (cli.id === 'codex') await ok('send_keys', { target: agent.pane, keys: ['Enter'] });
    await sleep(2000);
    await driven.say(agent.pane, 'SLOW 2');
    await becomes('one', 'working', 15_000);
    const other = await until('the answer of another conversation', async () => {
      const now = await read(driven);
      return now.complete && now.text.includes('word1') ? now : undefined;
    }, 30_000);
    const now = await conversation(driven);
    process.stdout.write(`${cli.id} anew: ${other.source} ${now}\n`);
    // Gemini CLI tells of no other one; then only the screen shows what it says there.
    expect([other.source, now === before]).toEqual(cli.id === 'gemini' ? ['screen', true] : [SOURCES[cli.id], false]);
  } finally {
    await driven.close();
  }
}); // prettier-ignore

it.runIf(CHOSEN.some(({ id }) => id === 'claude'))('claude that was adopted is read from its own file', { timeout: 120_000 }, async () => {
  const cli = CHOSEN.find(({ id }) => id === 'claude')!;
  const driven = await drive(cli, undefined, ({ path }) => ({ HOME: path }));
  const { home, ok, becomes } = driven;
  try {
    const env = { HOME: home.path, ...ownTemporary(home), ...cli.env(home) };
    const { pane } = await ok('create_session', { name: 's', cwd: home.project, command: [cli.command, ...cli.args], env });
    await ok('adopt_agent', { target: pane.id, name: 'one', provider: 'claude' });
    await becomes('one', 'idle', 60_000);
    await driven.say(pane.id, TURNS[1]![0]);
    const found = await answered(driven, TURNS[1]![1]);
    expect(found).toMatchObject({ text: TURNS[1]![1], source: 'transcript' });
    expect((await read(driven, { what: 'transcript' })).text).toBe(`[user]\n${TURNS[1]![0]}\n\n[agent]\n${TURNS[1]![1]}`);
  } finally {
    await driven.close();
  }
}); // prettier-ignore
