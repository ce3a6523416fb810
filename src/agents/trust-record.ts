import {
  chmodSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TrustRecord } from '../providers/provider.js';
import { vendorFolder } from './vendor-file.js';

const MAX_BYTES = 10_000_000;

/** @returns false, without the work, where it cannot be had at once: whoever holds it is about to write */
function locked(lock: string, work: () => boolean): boolean {
  try {
    mkdirSync(lock);
  } catch {
    return false;
  }
  try {
    return work();
  } finally {
    rmdirSync(lock);
  }
}

/** @returns whether the folder stands there now */
function write(named: string, { add }: TrustRecord, folder: string): boolean {
  // Where it is a link, what that leads to is replaced.
  const path = realpathSync(named);
  const facts = statSync(path);
  if (!facts.isFile() || facts.size > MAX_BYTES || facts.uid !== process.getuid?.()) return false;
  const old: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const content = add(old, folder);
  if (content === undefined || content === old) return content === old;
  const next = `${path}.${String(process.pid)}.tmp`;
  try {
    writeFileSync(next, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    // What it is made with is cut down by the process's own mask.
    chmodSync(next, facts.mode & 0o777);
    renameSync(next, path);
    return true;
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/**
 * Notes in a CLI's own record that a folder is trusted, under the CLI's own lock, as one replacement of the file. A CLI
 * that was never set up has no record; it gets none, and asks.
 * @param env that the CLI will have
 * @returns whether the folder stands there now
 */
export function trustFolder(record: TrustRecord, env: NodeJS.ProcessEnv, folder: string): boolean {
  const place = vendorFolder(record, env);
  if (place === undefined) return false;
  try {
    return locked(join(place, record.lock), () => write(join(place, record.file), record, folder));
  } catch {
    return false;
  }
}
