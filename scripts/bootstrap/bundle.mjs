// The build in dist/: made again when its inputs have changed.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import { BootstrapError, lastLines } from './errors.mjs';
import { LONG_MS } from './run.mjs';
import { readOptional, writeStamp } from './stamp.mjs';

/** @typedef {import('./stamp.mjs').Freshness} Freshness */
/** @typedef {{stat: string, content: string}} BuildStamp */

const SINGLE_INPUTS = ['package.json', 'package-lock.json', 'tsconfig.json', 'scripts/build.mjs'];
const FOLDERS = ['src', 'scripts/build'];

/** @param {string} root */
const stampFile = (root) => join(root, 'dist/.build-stamp');

/**
 * @param {string} root
 * @returns {string[]} paths relative to root, in a fixed order
 */
function inputs(root) {
  const files = SINGLE_INPUTS.filter((file) => statOf(join(root, file)) !== undefined);
  for (const folder of FOLDERS.map((name) => join(root, name))) {
    if (statOf(folder) === undefined) continue;
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.push(relative(root, join(entry.parentPath, entry.name)));
    }
  }
  return files.sort();
}

/** @param {string} file */
function statOf(file) {
  return statSync(file, { throwIfNoEntry: false });
}

/**
 * Cheap: size and time of every input.
 *
 * @param {string} root
 */
function statHash(root) {
  const hash = createHash('sha256');
  for (const file of inputs(root)) {
    const stat = statOf(join(root, file));
    hash.update(`${file}\0${stat?.size}\0${stat?.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * Exact: the content of every input.
 *
 * @param {string} root
 */
function contentHash(root) {
  const hash = createHash('sha256');
  for (const file of inputs(root)) {
    const sum = createHash('sha256')
      .update(readFileSync(join(root, file)))
      .digest('hex');
    hash.update(`${file}\0${sum}\n`);
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @returns {BuildStamp | undefined}
 */
function readStamp(root) {
  try {
    return JSON.parse(readOptional(stampFile(root)) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} root
 * @returns {Freshness} `restamp` when only file times differ, as after a git checkout
 */
export function inspectBuild(root) {
  const stamp = readStamp(root);
  if (stamp === undefined) return 'stale';
  if (stamp.stat === statHash(root)) return 'fresh';
  return stamp.content === contentHash(root) ? 'restamp' : 'stale';
}

/**
 * @param {object} context
 * @param {string} context.root
 * @param {import('./run.mjs').Run} context.run
 * @param {(line: string) => void} context.log
 * @param {NodeJS.ProcessEnv} context.env
 */
export async function ensureBuild({ root, run, log, env }) {
  const state = inspectBuild(root);
  if (state === 'fresh') return;
  // Taken before the build: an edit made while it runs then counts as a change. The times come
  // first for the same reason.
  const stat = statHash(root);
  const stamp = { stat, content: contentHash(root) };
  if (state === 'stale') {
    log('Building …');
    rmSync(stampFile(root), { force: true });
    const argv = [process.execPath, 'scripts/build.mjs'];
    const result = await run(argv, { cwd: root, env, timeoutMs: LONG_MS });
    if (!result.ok) {
      throw new BootstrapError(
        `The build failed (${result.how}): node scripts/build.mjs\n${lastLines(result.output, 40)}`,
        1,
      );
    }
  }
  writeStamp(stampFile(root), `${JSON.stringify(stamp)}\n`);
}
