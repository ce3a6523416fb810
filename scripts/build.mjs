// Bundles src/cli/main.ts into dist/: one file instead of hundreds, and beside it V8's code cache of it, so that a start
// neither looks for modules nor parses them. Parts that a command does not need are not run until they are imported.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..');
const out = join(root, 'dist', 'cli');
rmSync(join(root, 'dist'), { recursive: true, force: true });
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/cli/main.cjs',
  bundle: true,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  // libsql is native. cosmiconfig loads typescript for config files in TypeScript, which are never read.
  external: ['libsql', 'typescript'],
  legalComments: 'linked',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  define: { 'import.meta.url': '__url' },
  banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
  // A cached script has no loader for import().
  supported: { 'dynamic-import': false },
  write: false,
});

/** Regular expressions keep what is not ASCII; as escapes it means the same, and V8 keeps the text in half the room. */
const asAscii = (text) =>
  text.replaceAll(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

mkdirSync(out, { recursive: true });
for (const file of outputFiles) writeFileSync(file.path, file.path.endsWith('.cjs') ? asAscii(file.text) : file.text);
const bundle = join(out, 'main.cjs');
const cache = `main.${createHash('sha256').update(readFileSync(bundle)).digest('hex').slice(0, 16)}.cache`;
writeFileSync(
  join(out, 'main.js'),
  readFileSync(join(here, 'build', 'loader.js'), 'utf8').replace('main.cache', cache),
);

// Made after a start and its first answers, so that it holds what these needed.
const home = mkdtempSync(join(tmpdir(), 'orc-build-'));
try {
  const env = { PATH: process.env.PATH ?? '', HOME: home, TMUX_TMPDIR: home };
  execFileSync(process.execPath, [join(here, 'build', 'code-cache.mjs'), bundle, join(out, cache)], { env });
} finally {
  rmSync(home, { recursive: true, force: true });
}
