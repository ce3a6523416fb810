import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  accepted,
  type Arena,
  type Attack,
  DOORS,
  type Exceptions,
  openArena,
  openLedger,
  type Outcome,
} from '../support/attacks.js';
import { until } from '../support/world.js';

const FLOOD = { doors: DOORS, reason: 'tests/e2e/attacks-flood.test.ts does it' };
const EXCEPTIONS: Exceptions = {
  'OU-067': { doors: DOORS, reason: 'encoded secrets are not looked for, which SECURITY.md says' },
  'OU-077': { doors: DOORS, reason: 'tests/contract/framing-flood.test.ts does it' },
  ...{ 'OU-079': FLOOD, 'OU-080': FLOOD },
};
const ledger = openLedger('output', EXCEPTIONS);
const isPersonal = ({ class: kind }: Attack): boolean => kind.startsWith('pii');
const isTitle = ({ class: kind }: Attack): boolean => kind === 'title';

/** What of a case is secret, where that is not all of it. */
const SECRET_PARTS: Readonly<Record<string, string>> = {
  'OU-058': 'MIIEpAIBAAKCAQEA7bq0',
  'OU-059': 'b3BlbnNzaC1rZXktdjEAAAAA',
  'OU-060': 'p4ssw0rd',
  'OU-062': 'abcdef0123456789abcdef0123456789',
  'OU-063': 'hunter2hunter2',
  'OU-069': '+1 415 555 0132',
  'OU-070': '4111 1111 1111 1111',
  'OU-071': '078-05-1120',
};

const FORBIDDEN = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\ufff9-\ufffb]/;

interface Shown {
  readonly text: string;
  readonly untrusted: unknown;
  readonly stripped_sequences: number;
  readonly redactions: number;
  readonly warnings?: readonly string[];
}

/** A shell of the world's own, and the two ways in which a program's text comes out. */
interface Screen {
  /** Exactly what a program prints, through run_command. */
  readonly printed: (text: string) => Promise<{ readonly shown: Shown; readonly outcome: Outcome }>;
  /** What the terminal makes of it, through capture_pane. */
  readonly captured: (text: string) => Promise<Shown>;
}

async function openScreen(arena: Arena): Promise<Screen> {
  const { world } = arena;
  const argv = ['env', 'PS1=$ ', '/bin/bash', '--norc', '--noprofile', '-i'];
  const shell = await world.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'keep:', '--', ...argv);
  await until('the prompt', async () => (await world.tmux('capture-pane', '-p', '-t', shell)).includes('$'));
  const file = join(world.folder, 'printed');
  return {
    printed: async (text) => {
      writeFileSync(file, text);
      const outcome = await arena.call('run_command', { target: shell, command: `cat ${file}` });
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
      const { output, ...rest } = outcome.data as unknown as Shown & { output: string };
      return { shown: { ...rest, text: output }, outcome };
    },
    captured: async (text) => {
      writeFileSync(file, text);
      // An unfinished sequence would swallow what shows that the text is there.
      const print = ['sh', '-c', `cat ${file}; printf '\\033\\134\\nready\\n'; exec sleep 1000`];
      const pane = await world.tmux('new-window', '-d', '-P', '-F', '#{pane_id}', '-t', 'keep:', '--', ...print);
      await until('the text', async () => (await world.tmux('capture-pane', '-p', '-t', pane)).includes('ready'));
      const shown = (await accepted(arena, 'capture_pane', { target: pane })) as unknown as Shown;
      await world.tmux('kill-pane', '-t', pane);
      return shown;
    },
  };
}

function expectNoPiece(outcome: unknown, secret: string): void {
  const reply = JSON.stringify(outcome).replaceAll(/\[REDACTED:\w+:\w{4}\]/g, ' ');
  for (let at = 0; at + 8 <= secret.length; at++) expect(reply).not.toContain(secret.slice(at, at + 8));
}

/** The text that MCP gives holds what the program printed between the marks and nowhere else. */
function expectMarked(outcome: Outcome, text: string): void {
  if (!outcome.ok || outcome.text === undefined || text === '') return;
  const [, word = 'none'] = /<<<PANE ([0-9a-f]{16})>>>/.exec(outcome.text) ?? [];
  const [before = '', rest = ''] = outcome.text.split(`<<<PANE ${word}>>>\n`);
  const [inside, after] = rest.split(`\n<<<END ${word}>>>`);
  expect(inside).toBe(text.replace(/\n$/, ''));
  // Behind them stands only our own word for the next call.
  expect(after).toMatch(/^(?:\n(?:next_)?cursor: [\w:.-]+)*$/);
  expect(before).not.toContain(text);
}

const clean = (text: string): string => text.replaceAll(/\u001b\[[0-9;]*m|\u200b/g, '');

describe.each(DOORS)('output of programs, through %s', (door) => {
  let arena: Arena;
  let screen: Screen;
  beforeAll(async () => {
    arena = await openArena(door);
    screen = await openScreen(arena);
  });
  afterAll(() => arena.close());

  const cases = ledger.of(door).filter((attack) => !isPersonal(attack) && !isTitle(attack));

  it.each(cases.filter(({ expect: wants }) => wants === 'accept_literal'))(
    '$id stays as it is: $why',
    async (attack) => {
      ledger.ran(door, attack);
      const text = arena.read(attack) as string;
      const { shown, outcome } = await screen.printed(text);
      expect(shown).toMatchObject({ text, untrusted: true, stripped_sequences: 0, redactions: 0 });
      expect(shown.warnings).toBeUndefined();
      expectMarked(outcome, text);
      expect(await screen.captured(text)).toMatchObject({ untrusted: true, redactions: 0 });
    },
  );

  it.each(cases.filter(({ expect: wants, class: kind }) => wants === 'strip' && kind !== 'secret'))(
    '$id is taken out: $why',
    async (attack) => {
      ledger.ran(door, attack);
      const text = arena.read(attack) as string;
      const { shown, outcome } = await screen.printed(text);
      expect(shown).toMatchObject({ text: arena.expected(attack), untrusted: true, redactions: 0 });
      // A carriage return becomes a line end, which takes nothing away.
      expect(shown.stripped_sequences > 0).toBe(!/^[^\b\u001b]*\r/.test(text));
      expect(shown.warnings !== undefined).toBe(attack.class === 'hidden_unicode');
      expect(JSON.stringify(outcome)).not.toMatch(FORBIDDEN);
      expectMarked(outcome, shown.text);
      const captured = await screen.captured(text);
      expect(JSON.stringify(captured)).not.toMatch(FORBIDDEN);
    },
  );

  it.each(cases.filter(({ class: kind }) => kind === 'secret'))('$id does not get out: $why', async (attack) => {
    ledger.ran(door, attack);
    const text = arena.read(attack) as string;
    const secret = SECRET_PARTS[attack.id] ?? clean(text);
    const { shown, outcome } = await screen.printed(text);
    expect(shown).toMatchObject({ untrusted: true, redactions: 1 });
    expectNoPiece(outcome, secret);
    const captured = await screen.captured(text);
    expect(captured).toMatchObject({ untrusted: true, redactions: 1 });
    expectNoPiece(captured, secret);
    const again = await screen.printed(`${text}\n`);
    const tag = (from: string): string | undefined => /\[REDACTED:\w+:(\w{4})\]/.exec(from)?.[1];
    // One process knows the same secret again.
    if (door === 'MCP') expect([tag(captured.text), tag(again.shown.text)]).toEqual([tag(shown.text), tag(shown.text)]);
  });

  it('OU-082 runs nothing from a title', async () => {
    const attack = ledger.of(door).find(isTitle);
    if (attack === undefined) throw new Error('no such case');
    ledger.ran(door, attack);
    const { $osc2: form } = attack.input as { $osc2: string };
    const title = form.replace('{{CANARY}}', arena.canary('title'));
    await screen.captured(`\u001b]2;${title}\u0007`);
    const outcome = await arena.call('list_sessions', { detail: 'panes' });
    expect(outcome.ok).toBe(true);
    await arena.expectNoCanary();
  });
});

describe.each(DOORS)('personal data, where they are to be redacted, through %s', (door) => {
  let arena: Arena;
  let screen: Screen;
  beforeAll(async () => {
    arena = await openArena(door, (world) => {
      world.env.TMUX_ORC_SECURITY_REDACTION_PII = 'true';
    });
    screen = await openScreen(arena);
  });
  afterAll(() => arena.close());

  it.each(ledger.of(door).filter(isPersonal))('$id: $why', async (attack) => {
    ledger.ran(door, attack);
    const text = arena.read(attack) as string;
    const { shown, outcome } = await screen.printed(text);
    if (attack.expect === 'accept_literal') expect(shown).toMatchObject({ text, redactions: 0 });
    else {
      expect(shown.redactions).toBe(1);
      expectNoPiece(outcome, SECRET_PARTS[attack.id] ?? text);
    }
  });

  it('ran every case', () => {
    ledger.expectComplete(door);
  });
});
