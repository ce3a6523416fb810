#!/usr/bin/env node
// Gets a fresh checkout ready, so that `npm run demo` or `npm test` can be the first command.
// Only the Node check is imported here: everything else is loaded after it, because it uses
// features that an old Node could not even parse or resolve.
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { engineProblem } from './bootstrap/engines.mjs';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const problem = engineProblem(process.versions.node, manifest.engines.node);

if (problem) {
  process.stderr.write(problem + '\n');
  process.exitCode = 2;
} else {
  const { main } = await import('./bootstrap/main.mjs');
  process.exitCode = await main(process.argv.slice(2));
}
