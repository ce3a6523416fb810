import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { makePrivateFolder } from '../../config/private-files.js';
import { openFile } from './files.js';

/** What the records are signed with. */
export interface AuditKey {
  readonly secret: KeyObject;
  /** Tells keys apart and reveals nothing of them. */
  readonly id: string;
  /** A short digest of a text, which nobody without the key can try texts against. */
  readonly digest: (text: string) => string;
}

/** Why there is no key. The message names no path. */
export class AuditKeyError extends Error {
  override readonly name = 'AuditKeyError';
}

const KEY_BYTES = 32;
const ID_CHARACTERS = 16;
const DIGEST_CHARACTERS = 16;
const OTHERS = 0o077;

const hmac = (secret: KeyObject | Buffer, text: string): Buffer => createHmac('sha256', secret).update(text).digest();

export function createKey(bytes: Buffer): AuditKey {
  const secret = createSecretKey(bytes);
  const digests = createSecretKey(hmac(secret, 'tmux-orc audit digest'));
  return {
    secret,
    id: hmac(secret, 'tmux-orc audit key').toString('hex').slice(0, ID_CHARACTERS),
    digest: (text) => hmac(digests, text).toString('hex').slice(0, DIGEST_CHARACTERS),
  };
}

/**
 * @returns undefined when there is no such file
 * @throws AuditKeyError, ForeignFileError, or what the system says
 */
export function readKey(path: string): AuditKey | undefined {
  const opened = openFile(path, 'read');
  if (opened === undefined) return undefined;
  try {
    if ((opened.stats.mode & OTHERS) !== 0)
      throw new AuditKeyError('The key of the audit log can be read by other users.');
    const text = Buffer.alloc(2 * KEY_BYTES + 2);
    const read = readSync(opened.fd, text, 0, text.length, 0);
    const hex = text.toString('latin1', 0, read).trim();
    if (!/^[0-9a-f]{64}$/.test(hex)) throw new AuditKeyError('The key of the audit log is not 64 hexadecimal digits.');
    return createKey(Buffer.from(hex, 'hex'));
  } finally {
    closeSync(opened.fd);
  }
}

/**
 * Makes a key once, however many processes do so at the same time: a whole file gets the name, or none.
 * @throws as {@link readKey}
 */
export function makeKey(path: string): AuditKey {
  const next = `${path}.${randomBytes(6).toString('hex')}`;
  const fd = openSync(next, 'wx', 0o600);
  try {
    try {
      const text = Buffer.from(`${randomBytes(KEY_BYTES).toString('hex')}\n`);
      // A disk that is almost full takes a part and says nothing.
      if (writeSync(fd, text) !== text.length) throw new AuditKeyError('The key of the audit log cannot be written.');
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    linkSync(next, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(next, { force: true });
  }
  const key = readKey(path);
  if (key === undefined) throw new AuditKeyError('The key of the audit log was removed.');
  return key;
}

export interface Keys {
  /** The key as it was read first. */
  readonly get: () => AuditKey;
  /** The key as the file has it now. */
  readonly readAgain: () => AuditKey;
}

/** The key of the log, made when it is first needed. Both methods throw as {@link readKey} does. */
export function createKeys(root: string, path: () => string): Keys {
  let known: { readonly path: string; readonly key: AuditKey } | undefined;
  const readAgain = (): AuditKey => {
    const from = path();
    makePrivateFolder(root);
    const key = readKey(from) ?? makeKey(from);
    known = { path: from, key };
    return key;
  };
  return { get: () => (known?.path === path() ? known.key : readAgain()), readAgain };
}
