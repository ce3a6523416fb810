import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import * as z from 'zod';
import { trustFile } from './folders.js';
import { makePrivateFolder } from './private-files.js';

/** Which project files the operator trusts: real path and SHA-256 of the content. */
export interface TrustStore {
  readonly trusts: (realPath: string, sha256: string) => boolean;
  /** True when some content of this file is trusted. */
  readonly knows: (realPath: string) => boolean;
  /** Why the file of the store is not used; then nothing is trusted. */
  readonly warning: string | undefined;
}

const MAX_BYTES = 1_048_576;
const OTHERS_MAY_WRITE = 0o022;

const fileSchema = z.object({
  version: z.literal(1),
  trusted: z.record(z.string(), z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/), at: z.string() })),
});
type Entries = Map<string, { readonly sha256: string; readonly at: string }>;

const WARNING = 'the list of trusted project files is not used';

/** @throws Error with the reason, unless the file simply is not there */
function readEntries(path: string): Entries {
  let file: number;
  try {
    // Not through a link, and not waiting for whoever writes to a FIFO.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw new Error(`${WARNING}: it cannot be opened.`, { cause: error });
  }
  try {
    const { mode, size, uid } = fstatSync(file);
    const own = process.getuid?.();
    if ((mode & constants.S_IFMT) !== constants.S_IFREG) throw new Error(`${WARNING}: it is not a regular file.`);
    if (own !== undefined && uid !== own) throw new Error(`${WARNING}: it belongs to another user.`);
    if ((mode & OTHERS_MAY_WRITE) !== 0) throw new Error(`${WARNING}: others can write to it.`);
    if (size > MAX_BYTES) throw new Error(`${WARNING}: it is larger than 1 MiB.`);
    const parsed = fileSchema.safeParse(parseJson(readFileSync(file, 'utf8')));
    if (!parsed.success) throw new Error(`${WARNING}: it does not have the form that tmux-orc writes.`);
    return new Map(Object.entries(parsed.data.trusted));
  } finally {
    closeSync(file);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Reads what is trusted. Never throws: what cannot be read trusts nothing. */
export function openTrust(env: NodeJS.ProcessEnv): TrustStore {
  let entries: Entries = new Map();
  let warning: string | undefined;
  try {
    entries = readEntries(trustFile(env));
  } catch (error) {
    warning = error instanceof Error ? error.message : WARNING;
  }
  return {
    trusts: (path, sha256) => entries.get(path)?.sha256 === sha256,
    knows: (path) => entries.has(path),
    warning,
  };
}

/** Replaced as a whole, so that a reader never sees half of it. */
function writeEntries(path: string, entries: Entries): void {
  makePrivateFolder(dirname(path));
  const next = `${path}.${randomBytes(6).toString('hex')}`;
  const text = JSON.stringify({ version: 1, trusted: Object.fromEntries(entries) }, undefined, 2);
  try {
    writeFileSync(next, `${text}\n`, { mode: 0o600, flag: 'wx' });
    renameSync(next, path);
  } finally {
    rmSync(next, { force: true });
  }
}

/** A list that cannot be read trusts nothing, so a new one loses nothing that holds. */
function usable(path: string): Entries {
  try {
    return readEntries(path);
  } catch {
    return new Map();
  }
}

/** Trusts this content of a project file; any other content of it is untrusted again. */
export function addTrust(env: NodeJS.ProcessEnv, realPath: string, sha256: string, at: Date): void {
  const entries = usable(trustFile(env));
  entries.set(realPath, { sha256, at: at.toISOString() });
  writeEntries(trustFile(env), entries);
}

/** @returns whether it was trusted */
export function removeTrust(env: NodeJS.ProcessEnv, realPath: string): boolean {
  const entries = usable(trustFile(env));
  const removed = entries.delete(realPath);
  if (removed) writeEntries(trustFile(env), entries);
  return removed;
}
