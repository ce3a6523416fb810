// Measures the filters of the way out: text of 256 KB of several kinds, a listing, and what loading the rules costs.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const SIZE = 256 * 1024;
const ROUNDS = 15;
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/** @param {string} code */
async function load(code) {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: join(root, 'src'), loader: 'ts' },
    ...{ bundle: true, write: false, format: 'esm', platform: 'node', target: 'node20', logLevel: 'warning' },
  });
  const text = outputFiles[0]?.text ?? '';
  const before = process.memoryUsage().rss;
  const started = performance.now();
  const loaded = await import(`data:text/javascript;base64,${Buffer.from(text).toString('base64')}`);
  return {
    loaded,
    ms: performance.now() - started,
    mb: (process.memoryUsage().rss - before) / 1e6,
    bytes: text.length,
  };
}

/** @param {(index: number) => string} line */
function fill(line) {
  const lines = [];
  for (let length = 0, index = 0; length < SIZE; index++) length += lines[lines.push(line(index)) - 1]?.length ?? 0;
  return lines.join('').slice(0, SIZE);
}

/** @param {() => unknown} work */
function medianMs(work) {
  const times = Array.from({ length: ROUNDS }, () => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
}

const { loaded, ms, mb, bytes } = await load(`
  export { createOutputFilter } from './security/outer/output-filter.js';
  export { createRedactor } from './security/text/redact.js';
`);
const known = Array.from({ length: 12 }, (_, index) => `value-of-secret-${String(index)}-0123456789abcdef`);
const rules = { secrets: true, pii: false, custom: [], known, key: () => Buffer.from('bench') };
const filterOf = (more = {}) => {
  const redactor = loaded.createRedactor({ ...rules, ...more });
  return loaded.createOutputFilter({ current: () => redactor, prepare: () => Promise.resolve() }, root);
};
const [filter, strict] = [filterOf(), filterOf({ pii: true })];
const token = ['gh', 'p_wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('');
const source = readFileSync(join(root, 'package-lock.json'), 'utf8');
/** @type {Record<string, string>} */
const texts = {
  'log lines': fill((n) => `2026-11-20T10:00:00Z INFO [w-${n % 7}] GET /api/items/${n}?page=2 took ${n % 97} ms\n`),
  'a build, not ASCII': fill((n) => `[${n}/4000] Compiling src/components/Button${n}.tsx → dist/Button${n}.js\n`),
  'a lock file': source.repeat(Math.ceil(SIZE / source.length)).slice(0, SIZE),
  'CJK and emoji': fill((n) => `漢字テスト ${n} 👩‍👩‍👧 ビルド完了 ❤️\n`),
  colours: fill((n) => `\u001b[32m✓\u001b[0m test ${n} \u001b[2m(12 ms)\u001b[0m\n`),
  'a secret in 20 lines': fill((n) =>
    n % 20 === 0 ? `TOKEN=${token}\n` : `line ${n} of an ordinary text, words only\n`,
  ),
  'a secret in each line': fill((n) => `SOME_API_KEY_${n}=abcd${n}efgh${n * 7}ijklm\n`),
  'half a key, again and again': fill(() => '-----BEGIN RSA PRIVATE KEY-----\n'),
  'one word': fill(() => 'eyJ'),
};
const rows = Object.entries(texts).map(([name, text]) => {
  const times = [filter, strict].map((each) => medianMs(() => each.output(text)).toFixed(1));
  return [name, ...times, String(filter.output(text).redactions)];
});
const table = [['256 KB of', 'ms', 'ms with pii', 'redactions'], ...rows];
const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
const lines = table.map((row) =>
  row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd(),
);

const panes = Array.from({ length: 60 }, (_, n) => ({
  ...{ id: `%${n}`, index: 0, active: true, title: 'host: ~/project', command: 'bash', cwd: '/home/user/project' },
  ...{ pid: 1000 + n, dead: false, width: 120, height: 40 },
}));
const listing = (/** @type {number} */ count) => ({
  sessions: [
    { id: '$1', name: 'work', created_at: '2026-11-20T10:00:00.000Z', windows: [{ panes: panes.slice(0, count) }] },
  ],
});
for (let n = 0; n < 2000; n++) filter.data(listing(6));
const listed = [6, 60].map(
  (count) => `${count} panes ${(medianMs(() => filter.data(listing(count))) * 1000).toFixed(0)} us`,
);
process.stdout.write(`${lines.join('\n')}\n\na listing: ${listed.join(', ')}\n`);
process.stdout.write(
  `loading the rules: ${ms.toFixed(1)} ms, ${mb.toFixed(1)} MB, ${(bytes / 1024).toFixed(0)} KB of code\n`,
);
