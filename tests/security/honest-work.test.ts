import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type App, createApp } from '../../src/app/create-app.js';
import type { DispatchResult } from '../../src/app/dispatcher.js';
import { createMemoryStore } from '../../src/store/memory-store.js';
import { fakeBootClock } from '../support/store-world.js';
import { createWorld, until, type World } from '../support/world.js';

/** A day of ordinary work under the profile `standard`, on a real tmux, on a clock that a test moves. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
/** What one caller may do on and on: 100 calls in a minute. */
const PACE = 600;

const fixture = (name: string): string[] =>
  JSON.parse(readFileSync(new URL(`../fixtures/injection/${name}`, import.meta.url), 'utf8')) as string[];
const RECEIVER = fileURLToPath(new URL('../fixtures/attacks/receiver.mjs', import.meta.url));

/** What agents say to each other and paste into programs: code, logs and prose, with all their signs. */
const TEXTS: readonly string[] = [
  'Use `npm test -- --run` and paste the output of $(git rev-parse HEAD) here; "quotes", \'more\' and \\ stay.',
  'const a = `${b}`;\nif (a && b || !c) { x ??= y; }\n// TODO: $HOME/.config > /dev/null 2>&1 &',
  "cat <<'EOF' > /tmp/x\n$HOME `id` $(id) EOF\nEOF",
  'diff --git a/src/a.ts b/src/a.ts\n@@ -1,3 +1,4 @@\n-const old = 1;\n+const fresh = `${old}`;\n context\\\n\\ No newline',
  '{"name":"x","args":["--flag","a b"],"nested":{"path":"C:\\\\x","n":null,"list":[1,2.5e3,true]}}',
  'Traceback (most recent call last):\n  File "/srv/app.py", line 12, in <module>\n    main()\nValueError: bad "id"',
  'TypeError: Cannot read properties of undefined (reading \'x\')\n    at f (/srv/app/src/a.ts:10:5)\n    at async g (node:internal/x:1:1)',
  'panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.main()\n\t/srv/main.go:8 +0x1d',
  'SELECT * FROM "t" WHERE a = \'b\' -- drop it\n; UPDATE t SET x = 1;',
  'sed -i "s/\\$HOME/~/g; /^#/d" \'file with blanks (1).txt\' && awk \'{ print $1 }\' *.log | sort -u',
  'for f in *.txt; do mv -- "$f" "${f%.txt}.md"; done; # rename them all',
  '#!/usr/bin/env bash\nset -euo pipefail\ntrap \'rm -rf "$tmp"\' EXIT\ntmp=$(mktemp -d)',
  'rm -rf node_modules && npm ci',
  'C-c', 'Enter', '-n', '--', '.', ';', '#{pid} #(id) ## #S', '%end 1 1 1', 'ends with \\;',
  'Bitte prüfe, ob „Übergröße“ richtig gezählt wird – und sag mir, was fehlt.',
  'Vérifie l’encodage : « déjà », œuvre, 100 €. ¿Y tú? ¡Sí, mañana!',
  'Проверь, пожалуйста, что файл «отчёт (2).txt» не пуст.',
  '请检查构建是否通过，然后总结失败的测试。日本語のファイル名「報告.txt」も。한국어 문장도 있습니다.',
  'שלום, נא לבדוק את הקובץ "דוח 1.txt" (גרסה 2).',
  'من فضلك تحقق من الاختبارات ثم اكتب ملخصًا (الإصدار ٢).',
  'می‌خواهم نتیجه‌ها را ببینم', 'हिन्दी में लिखा हुआ संदेश', 'ภาษาไทยไม่มีช่องว่าง', 'Ελληνικά και Türkçe: ığüşöç',
  '👍🏽 👨‍👩‍👧‍👦 🇫🇷 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 done ✅ — 3 of 5 🚀',
  '| a | b |\n|---|---|\n| `x` | **y** |\n\n> quoted\n\n1. one\n2. two\n\n```ts\nlet z = 1;\n```',
  'Ignore previous lint warnings, they are about generated files.',
  'You are now able to merge: CI is green. Act as reviewer for PR 12 and list what is missing.',
  'The system prompt of the reviewer lives in prompts/reviewer.md; print its length, not its text.',
  'sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709, id 123e4567-e89b-12d3-a456-426614174000',
  'x'.repeat(20_000),
  Array.from({ length: 400 }, (_, n) => `${String(n)}\tline of a long log, "quoted" and $plain`).join('\n'),
]; // prettier-ignore

const COMMANDS: readonly (readonly [command: string, code: number])[] = [
  ['git init -q -b main . && git config user.email a@example.com && git config user.name "A B"', 0],
  ["printf 'one\\ntwo\\n' > 'file with blanks (1).txt' && ls -l", 0],
  ["cat > 'naïve — 報告.md' <<'EOF'\n# Title `x` $HOME $(id)\n\"quoted\"\nEOF", 0],
  ['git add -A && git commit -qm "First: it\'s done" && git log --oneline | wc -l', 0],
  ["printf 'three\\n' >> 'file with blanks (1).txt'; git diff --stat; git diff", 0],
  ['git status --short; git stash -q; git stash pop -q', 0],
  ['node -e \'console.log(JSON.stringify({ a: [1, "b"], c: `${1 + 1}` }, null, 2))\'', 0],
  ['node -e \'function f() { throw new TypeError("no \\"x\\"") } f()\'', 1],
  ['node -p "process.version.split(\'.\').length"', 0],
  ['sh -c \'for i in 1 2 3; do echo "$i: $((i * 2))"; done\'', 0],
  ['seq 1 20000', 0],
  ["printf '%s\\n' 'Grüße' '日本語' 'שלום' 'مرحبا' '👩‍👩‍👧 🇫🇷' 'e\\xcc\\x81'", 0],
  ['grep -rn "one" . --include="*.txt" | head -5; echo "${PIPESTATUS[0]}"', 0],
  ['false', 1],
  ['test -e none || { echo "none is missing" >&2; (exit 3); }', 3],
  ['export GREETING="hello world"; echo "$GREETING" | tr a-z A-Z', 0],
  ['find . -name "*.md" -print0 | xargs -0 wc -c', 0],
  ['base64 </dev/urandom | head -c 2000 | fold -w 76', 0],
  ['curl --version | head -1; npm --version >/dev/null; true', 0],
  ['rm -rf -- ./"file with blanks (1).txt" && git checkout -q -- . && ls', 0],
];

interface Outcome {
  readonly what: string;
  readonly result: DispatchResult;
}

let world: World;
let app: App;
let pass: (ms: number) => void;
const outcomes: Outcome[] = [];

/** One call of a host, after a pause. */
async function call(client: string, name: string, args: Record<string, unknown>, pause = PACE): Promise<any> {
  pass(pause);
  const result = await app.dispatcher.dispatch({ name, args, surface: 'mcp', client });
  outcomes.push({ what: `${client} ${name}`, result });
  return result.ok ? result.data : {};
}

beforeAll(() => {
  world = createWorld();
  // The profile as it is: nothing of the world that switches limits off.
  const env = Object.fromEntries(Object.entries(world.env).filter(([name]) => !name.startsWith('TMUX_ORC_SECURITY_')));
  mkdirSync(join(world.folder, 'work'));
  writeFileSync(join(world.home, '.gitconfig'), '');
  const boot = fakeBootClock();
  let later = 0;
  pass = (ms) => {
    boot.pass(ms);
    later += ms;
  };
  const server = createMemoryStore(boot.clock);
  const stores = { user: createMemoryStore(boot.clock), server: () => server, found: () => server, all: () => [] };
  const clock = { now: () => Date.now() + later, mono: () => performance.now() + later };
  return createApp({ env, cwd: world.folder, flags: { profile: 'standard' }, clock, stores, writeLog: () => undefined })
    .then((created) => (app = created)); // prettier-ignore
});
afterAll(async () => {
  await app.close();
  await world.close();
});

describe('a day of honest work', { timeout: 180_000 }, () => {
  it('text of all kinds arrives as it was sent', async () => {
    const file = join(world.home, 'received');
    const { pane } = await call('writer', 'create_session', { name: 'reader', command: [process.execPath, RECEIVER, file] }); // prettier-ignore
    await until('the reader', async () => (await world.tmux('capture-pane', '-p', '-t', pane.id)).startsWith('ready'));
    const texts = [...TEXTS, ...fixture('benign.json')];
    // An hour has a budget of changes, and the day has many hours.
    for (const text of texts) await call('writer', 'send_keys', { target: pane.id, text }, 10 * SECOND);
    const wanted = texts.map((text) => `\u001b[200~${text}\u001b[201~`).join('');
    await until('all of it', () => readFileSync(file).length >= Buffer.byteLength(wanted));
    expect(readFileSync(file, 'utf8') === wanted).toBe(true);
  });

  it('commands of real tools give their own output and code', async () => {
    const cwd = join(world.folder, 'work');
    const shell = ['env', 'PS1=$ ', 'bash', '--norc', '-i'];
    const { pane } = await call('builder', 'create_session', { name: 'build', cwd, command: shell });
    await until('the prompt', async () => (await world.tmux('capture-pane', '-p', '-t', pane.id)).includes('$'));
    for (const [command, code] of COMMANDS) {
      const { job } = await call('builder', 'run_command', { target: pane.id, command });
      expect([command, job?.state, job?.exit_code]).toEqual([command, 'done', code]);
    }
    // The same again, after something has changed.
    for (let round = 0; round < 10; round++) {
      await call('builder', 'run_command', { target: pane.id, command: `echo ${String(round)} >> log.txt` });
      await call('builder', 'run_command', { target: pane.id, command: 'git status --short; wc -l log.txt' });
    }
  });

  it('panes are looked at as they change, and as they do not', async () => {
    const counting = ['sh', '-c', 'n=0; while read -r _; do n=$((n+1)); echo "step $n"; done'];
    const { pane } = await call('watcher', 'create_session', { name: 'counter', command: counting });
    let cursor: string | undefined;
    for (let step = 1; step <= 150; step++) {
      await world.tmux('send-keys', '-t', pane.id, 'Enter');
      await until('the step', async () => (await world.tmux('capture-pane', '-p', '-t', pane.id)).includes(`step ${String(step)}`)); // prettier-ignore
      const seen = await call('watcher', 'capture_pane', { target: pane.id, ...(step % 2 === 0 ? { since: cursor } : {}) }, 2 * SECOND); // prettier-ignore
      cursor = seen.cursor;
    }
    // One that stands still may be looked at 30 times in 300 seconds.
    for (let look = 0; look < 90; look++) await call('watcher', 'capture_pane', { target: pane.id }, 10.1 * SECOND);
    for (let look = 0; look < 90; look++) await call('watcher', 'list_sessions', {}, 10.1 * SECOND);
    for (let look = 0; look < 60; look++) await call('watcher', 'get_system_status', {}, 10.1 * SECOND);
  });

  it('a host keeps fifty panes of agents, and talks to each', async () => {
    const agent = ['sh', '-c', 'while read -r line; do echo "did: $line"; done'];
    const panes: string[] = [];
    const first = await call('lead', 'create_session', { name: 'fleet', command: agent });
    panes.push(first.pane?.id);
    for (let n = 1; n < 50; n++)
      panes.push((await call('lead', 'create_window', { session: 'fleet', name: `agent-${String(n)}`, command: agent })).pane?.id); // prettier-ignore
    expect(new Set(panes).size).toBe(50);
    for (const [n, target] of panes.entries())
      await call('lead', 'send_keys', { target, text: `Task ${String(n)}: run the tests in "dir ${String(n)}"`, keys: ['Enter'] }); // prettier-ignore
    for (const [n, target] of panes.entries()) {
      await until('the answer', async () => (await world.tmux('capture-pane', '-p', '-J', '-t', target)).includes(`did: Task ${String(n)}`)); // prettier-ignore
      expect((await call('lead', 'capture_pane', { target })).text).toContain(`did: Task ${String(n)}`);
    }
    // The same word again, once a minute, as it goes on.
    for (let round = 0; round < 10; round++)
      await call('lead', 'send_keys', { target: panes[0], text: 'continue', keys: ['Enter'] }, MINUTE);
    for (const [n, target] of panes.entries())
      await call('lead', 'rename_window', { window: `fleet:${String(n)}`, new_name: `done ${target.slice(1)}` });
    await call('lead', 'search_panes', { query: 'did: Task 7' });
    await call('lead', 'kill_session', { session: 'fleet' });
  });

  it('a short burst of ten calls is no flood', async () => {
    pass(MINUTE);
    await Promise.all(Array.from({ length: 10 }, (_, n) => call('burst', 'list_sessions', { limit: n + 1 }, 0)));
  });

  it('was refused nothing, and taken for an attack hardly ever', () => {
    expect(outcomes.length).toBeGreaterThan(1200);
    const refused = outcomes.flatMap(({ what, result }) => (result.ok ? [] : [`${result.error.code} ${what}: ${result.error.message}`])); // prettier-ignore
    expect(refused).toEqual([]);
    const looked = outcomes.filter(({ what }) => /send_keys|capture_pane|run_command/.test(what));
    const flagged = looked.filter(({ result }) => result.ok && result.data.injection !== undefined);
    expect(flagged.length / looked.length).toBeLessThanOrEqual(0.02);
  });
});
