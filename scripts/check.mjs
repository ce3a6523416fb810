// Every gate, one after the other; the first that fails ends it. `npm run check NAME...` runs only those, and is the only
// way to those that take minutes.
import { spawnSync } from 'node:child_process';
import process from 'node:process';

const GATES = {
  types: ['tsc', '-p', '.'],
  lint: ['eslint', '.', '--max-warnings', '0'],
  format: ['prettier', '--check', '--log-level', 'warn', '.'],
  layers: ['depcruise', 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
  unused: ['knip', '--no-progress'],
  reference: ['node', 'scripts/generate-reference.mjs', '--check'],
  build: ['node', 'scripts/bootstrap.mjs', '--for', 'build'],
  package: ['publint', '--strict'],
};

const SLOW = { soak: ['node', 'scripts/soak.mjs'] };

const wanted = process.argv.slice(2);
const all = { ...GATES, ...SLOW };
const unknown = wanted.filter((name) => !(name in all));
if (unknown.length > 0) {
  process.stderr.write(`Unknown gate ${unknown.join(', ')}; there are ${Object.keys(all).join(', ')}.\n`);
  process.exit(2);
}
for (const [name, [program, ...argv]] of Object.entries(wanted.length > 0 ? all : GATES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  const started = performance.now();
  const bin = program === 'node' ? process.execPath : `node_modules/.bin/${program}`;
  const result = spawnSync(bin, argv, { stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${result.status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`);
  if (result.status !== 0) process.exit(1);
}
