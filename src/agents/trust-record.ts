import { mkdirSync, readFileSync, realpathSync, renameSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrustRecord } from '../providers/provider.js';

const MAX_BYTES = 10_000_000;

/** @returns whether it could be had at once; whoever holds it is about to write */
function locked(lock: string, work: () => void): boolean {
  try {
    mkdirSync(lock);
  } catch {
    return false;
  }
  try {
    work();
    return true;
  } finally {
    rmdirSync(lock);
  }
}

function write(named: string, { add }: TrustRecord, folder: string): void {
  // Where it is a link, what that leads to is replaced.
  const path = realpathSync(named);
  const facts = statSync(path);
  if (!facts.isFile() || facts.size > MAX_BYTES || facts.uid !== process.getuid?.()) return;
  const content = add(JSON.parse(readFileSync(path, 'utf8')), folder);
  if (content === undefined) return;
  const next = `${path}.${String(process.pid)}.tmp`;
  try {
    writeFileSync(next, `${JSON.stringify(content, null, 2)}\n`, { mode: facts.mode & 0o777, flag: 'wx' });
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

/**
 * Notes in a CLI's own record that a folder is trusted, under the CLI's own lock, as one replacement of the file. A CLI
 * that was never set up has no record; it gets none, and asks.
 * @param home of the CLI
 * @returns whether the folder stands there now, as far as is known
 */
export function trustFolder(record: TrustRecord, home: string, folder: string): boolean {
  try {
    return locked(join(home, ...record.lock), () => {
      write(join(home, ...record.path), record, folder);
    });
  } catch {
    return false;
  }
}
