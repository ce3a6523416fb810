#!/usr/bin/env node
// Writes docs/reference from the definitions of tools, commands, settings and errors, and .env.example at the root.
// --check writes nothing: it names what is out of date and ends with 1.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const USAGE = 'Usage: npm run reference [-- --check] [--out FOLDER]\n';
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');

/** The sources are TypeScript, so they are bundled to a file of their own first. */
async function loadPages() {
  const folder = mkdtempSync(join(tmpdir(), 'orc-reference-'));
  try {
    const outfile = join(folder, 'reference.mjs');
    await build({
      absWorkingDir: ROOT,
      entryPoints: ['scripts/reference/entry.ts'],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20',
      // A package may load it for files that are never read here.
      external: ['typescript'],
      logLevel: 'warning',
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
    });
    const { pages, rootFiles } = await import(pathToFileURL(outfile).href);
    return { pages: await pages(ROOT), rootFiles: rootFiles(ROOT) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {string} file */
function readOptional(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/**
 * The first line that differs, in the form of a diff.
 *
 * @param {string} old
 * @param {string} wanted
 */
function firstDifference(old, wanted) {
  const [before, after] = [old.split('\n'), wanted.split('\n')];
  const at = after.findIndex((line, index) => line !== before[index]);
  const index = at === -1 ? after.length : at;
  const shown = [
    ['-', before[index]],
    ['+', after[index]],
  ].flatMap(([mark, line]) => (line === undefined ? [] : [`${mark}${line}`]));
  return [`@@ line ${index + 1} @@`, ...shown].join('\n');
}

/**
 * What is wrong with one file, or undefined.
 *
 * @param {string} file
 * @param {string | undefined} wanted undefined when there is no such page
 */
function difference(file, wanted) {
  const old = readOptional(file);
  if (old === wanted) return undefined;
  const name = relative(process.cwd(), file);
  if (wanted === undefined) return `--- ${name}\n+++ (not a page of the reference)`;
  return old === undefined
    ? `--- (missing)\n+++ ${name}`
    : `--- ${name}\n+++ generated\n${firstDifference(old, wanted)}`;
}

/** @param {string[]} argv */
function readOptions(argv) {
  try {
    return parseArgs({ args: argv, options: { check: { type: 'boolean' }, out: { type: 'string' } } }).values;
  } catch (error) {
    process.stderr.write(`${error.message}\n${USAGE}`);
    return process.exit(2);
  }
}

const options = readOptions(process.argv.slice(2));
const folder = resolve(options.out ?? join(ROOT, 'docs', 'reference'));
const { pages, rootFiles } = await loadPages();
mkdirSync(folder, { recursive: true });
const old = readdirSync(folder).filter((name) => name.endsWith('.md'));
/** Undefined for a page that has to go. */
const wanted = new Map([...new Set([...Object.keys(pages), ...old])].map((name) => [join(folder, name), pages[name]]));
// Elsewhere only the pages are wanted.
if (options.out === undefined) for (const [name, text] of Object.entries(rootFiles)) wanted.set(join(ROOT, name), text);
const stale = [...wanted.keys()].filter((file) => difference(file, wanted.get(file)) !== undefined);
if (options.check && stale.length > 0) {
  for (const file of stale) process.stdout.write(`${difference(file, wanted.get(file))}\n`);
  const names = stale.map((file) => basename(file));
  process.stdout.write(`\nOut of date: ${names.join(', ')}. Run: npm run reference\n`);
  process.exitCode = 1;
}
if (!options.check) {
  for (const file of stale) {
    const text = wanted.get(file);
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
    process.stdout.write(`${text === undefined ? 'removed' : 'wrote'} ${relative(process.cwd(), file)}\n`);
  }
}
