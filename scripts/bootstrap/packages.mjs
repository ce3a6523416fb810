// The npm packages: installed with `npm ci` when they do not match package-lock.json.
import { createHash } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import process from 'node:process';
import { BootstrapError, lastLines } from './errors.mjs';
import { LONG_MS } from './run.mjs';
import { readOptional, writeStamp } from './stamp.mjs';

/** @typedef {import('./stamp.mjs').Freshness} Freshness */

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/** @typedef {{packages?: Record<string, LockEntry>}} Lockfile */

/** @param {string} root */
const stampFile = (root) => join(root, 'node_modules/.tmux-orc-lock');

/** @param {string} root */
const installedFile = (root) => join(root, 'node_modules/.package-lock.json');

/**
 * The platform is part of it because a checkout can be shared between two systems, and some
 * packages are binaries.
 *
 * @param {string} lockText
 */
function stampFor(lockText) {
  const sha = createHash('sha256').update(lockText).digest('hex');
  return `${sha} ${process.platform}-${process.arch}\n`;
}

/** @param {string} root */
function readLockfile(root) {
  const text = readOptional(join(root, 'package-lock.json'));
  if (text === undefined) throw new BootstrapError('package-lock.json is missing.', 1);
  return text;
}

/**
 * @param {string} root
 * @returns {Freshness} `restamp` when the packages are right but were installed by someone else
 */
export function inspectPackages(root) {
  const lockText = readLockfile(root);
  const installed = readOptional(installedFile(root));
  if (installed === undefined) return 'stale';
  if (readOptional(stampFile(root)) === stampFor(lockText)) {
    // npm rewrites its own file on every change, so an older one means nothing has changed since.
    const changed = statSync(installedFile(root)).mtimeMs > statSync(stampFile(root)).mtimeMs;
    if (!changed) return 'fresh';
  }
  return isInstalled(parseLock(lockText), parseLock(installed)) ? 'restamp' : 'stale';
}

/**
 * @param {string} text
 * @returns {Lockfile}
 */
function parseLock(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/**
 * @param {Lockfile} wanted package-lock.json
 * @param {Lockfile} installed node_modules/.package-lock.json
 * @param {{platform: string, arch: string}} [system]
 * @returns {boolean}
 */
export function isInstalled(wanted, installed, system = process) {
  if (!wanted.packages || !installed.packages) return false;
  for (const path of Object.keys(installed.packages)) {
    if (!wanted.packages[path]) return false;
  }
  for (const [path, entry] of Object.entries(wanted.packages)) {
    if (path === '') continue;
    const found = installed.packages[path];
    if (!found) {
      if (!mayBeAbsent(entry, system)) return false;
    } else if (found.version !== entry.version || found.integrity !== entry.integrity) {
      return false;
    }
  }
  return true;
}

/**
 * npm leaves out optional packages that are for another system, and what only they depend on.
 * An optional package made for this very system has to be there.
 *
 * @param {LockEntry} entry
 * @param {{platform: string, arch: string}} system
 */
function mayBeAbsent({ optional, os, cpu, libc }, { platform, arch }) {
  if (!optional) return false;
  // Which libc this system has is not worth finding out here.
  if ((!os && !cpu) || libc) return true;
  return !((os ?? [platform]).includes(platform) && (cpu ?? [arch]).includes(arch));
}

/**
 * @param {NodeJS.ProcessEnv} env
 * @returns {string[]} the npm that runs us, so that its version and settings are used
 */
export function npmCommand(env) {
  const script = env['npm_execpath'];
  // Other package managers set the variable too, and their `ci` is something else.
  if (script && /^npm(-cli)?\.c?js$/.test(basename(script))) return [process.execPath, script];
  return ['npm'];
}

/**
 * @param {object} context
 * @param {string} context.root
 * @param {import('./run.mjs').Run} context.run
 * @param {(line: string) => void} context.log
 * @param {NodeJS.ProcessEnv} context.env
 */
export async function ensurePackages({ root, run, log, env }) {
  const state = inspectPackages(root);
  if (state === 'fresh') return;
  const stamp = stampFor(readLockfile(root));
  if (state === 'stale') {
    log('Installing packages …');
    rmSync(stampFile(root), { force: true });
    // Neither NODE_ENV=production nor a quiet npm around us may change what happens here.
    const argv = [...npmCommand(env), 'ci', '--include=dev', '--loglevel=error'];
    const result = await run(argv, { cwd: root, env, timeoutMs: LONG_MS });
    if (!result.ok) {
      throw new BootstrapError(
        `Installing packages failed (${result.how}): ${argv.join(' ')}\n${lastLines(result.output, 40)}`,
        1,
      );
    }
  }
  writeStamp(stampFile(root), stamp);
}
