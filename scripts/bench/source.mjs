// The source, bundled to where it finds the packages that stay outside: what a surface hides can be measured in it.
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** @param {Record<string, string>} wanted names of exports, and the files that they are in */
export async function loadSource(wanted) {
  const outfile = join(ROOT, 'node_modules', '.cache', `tmux-orc-bench-${randomUUID()}.mjs`);
  const contents = Object.entries(wanted).map(([name, path]) => `export { ${name} } from './${path}';`).join('\n'); // prettier-ignore
  await build({
    ...{ stdin: { contents, resolveDir: ROOT, loader: 'ts' }, outfile, bundle: true, format: 'esm', platform: 'node' },
    ...{ target: 'node20', external: ['libsql', 'typescript', 'string-width'], logLevel: 'warning' },
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(outfile);
  }
}
