// Starts the bundle from its code cache. V8 refuses a cache of another version of its own, and parses the bundle then.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import { Script } from 'node:vm';

// V8 would let its spaces grow by tens of megabytes before it collects; calls leave little behind. A cache is good for
// the flags that it was made with.
for (const flag of ['--semi-space-growth-factor=1', '--heap-growing-percent=20']) v8.setFlagsFromString(flag);

const folder = dirname(fileURLToPath(import.meta.url));
const filename = join(folder, 'main.cjs');

function readCache() {
  try {
    return readFileSync(join(folder, 'main.cache'));
  } catch {
    return undefined;
  }
}

const source = `(function (module, exports, require, __filename) {${readFileSync(filename, 'latin1')}\n})`;
export const script = new Script(source, { filename, cachedData: readCache() });
const module = { exports: {} };
script.runInThisContext()(module, module.exports, createRequire(filename), filename);
export const { main } = module.exports;
