// One bootstrap at a time per checkout.
//
// The lock is a directory that holds one file, named after its owner. It is made aside and then
// renamed into place: rename succeeds only when nothing or an empty directory is there, so the
// lock never exists without its owner. To take over from a dead owner, that owner's file is
// removed, which leaves an empty directory; the name is unique, so a new owner's file cannot be
// hit by mistake.
//
// It lives in the temporary directory because `npm ci` empties node_modules.
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, realpathSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { BootstrapError } from './errors.mjs';

const WAIT_MS = 5 * 60_000;
const POLL_MS = 100;

/**
 * @param {string} root
 * @param {string} [directory]
 */
export function lockPath(root, directory = tmpdir()) {
  const key = createHash('sha256').update(realpathSync(root)).digest('hex').slice(0, 16);
  return join(directory, `tmux-orc-bootstrap-${key}.lock`);
}

/**
 * @param {string} path
 * @param {() => Promise<void>} action
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {(line: string) => void} options.log
 * @param {number} [options.waitMs]
 */
export async function withLock(path, action, { signal, log, waitMs = WAIT_MS }) {
  const owner = `${process.pid}-${randomUUID()}`;
  await acquire(path, owner, { signal, log, waitMs });
  try {
    await action();
  } finally {
    release(path, owner);
  }
}

/**
 * @param {string} path
 * @param {string} owner
 * @param {{signal: AbortSignal, log: (line: string) => void, waitMs: number}} options
 */
async function acquire(path, owner, { signal, log, waitMs }) {
  const deadline = Date.now() + waitMs;
  let told = false;
  for (;;) {
    const holder = currentHolder(path);
    if (holder === undefined) {
      if (tryAcquire(path, owner)) return;
      continue;
    }
    if (Date.now() >= deadline) {
      throw new BootstrapError(
        `Another bootstrap of this checkout (process ${holder}) did not finish in ` +
          `${Math.round(waitMs / 1000)} s. If it is not running any more, remove ${path}.`,
        1,
      );
    }
    if (!told) log(`Waiting for another bootstrap of this checkout (process ${holder}) …`);
    told = true;
    await sleep(POLL_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/**
 * @param {string} path
 * @param {string} owner
 */
function tryAcquire(path, owner) {
  let draft;
  try {
    draft = mkdtempSync(`${path}.`);
    writeFileSync(join(draft, owner), '');
    renameSync(draft, path);
    return true;
  } catch (error) {
    if (draft !== undefined) rmSync(draft, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST'].includes(errorCode(error))) return false;
    throw cannotUse(path, error);
  }
}

/**
 * @param {string} path
 * @returns {number | undefined} the process that holds the lock; undefined when it is free now
 */
function currentHolder(path) {
  try {
    const [file] = readdirSync(path);
    if (file === undefined) return undefined;
    const pid = Number.parseInt(file, 10);
    if (isAlive(pid)) return pid;
    rmSync(join(path, file), { force: true });
    return undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw cannotUse(path, error);
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}

/**
 * @param {string} path
 * @param {string} owner
 */
function release(path, owner) {
  rmSync(join(path, owner), { force: true });
  try {
    rmdirSync(path);
  } catch {
    // Somebody else has taken it already.
  }
}

/** @param {unknown} error */
function errorCode(error) {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/**
 * @param {string} path
 * @param {unknown} error
 */
function cannotUse(path, error) {
  const reason = error instanceof Error ? error.message : String(error);
  return new BootstrapError(`The lock ${path} cannot be used; remove it by hand. (${reason})`, 1);
}
