import { constants } from 'node:fs';
import { type FileHandle, lstat, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { NameLike, TranscriptSpec } from '../providers/provider.js';

const MAX_NAMES = 5000;
const CHUNK_BYTES = 262_144;
/** A longer line is an image or the output of a tool, and tells nothing that is read here. */
const MAX_LINE_BYTES = 8_388_608;
const NEWLINE = 0x0a;

/** A line of a file. */
export interface Line {
  /** Where it begins, and where the one after it does. */
  readonly at: number;
  readonly end: number;
  /** Undefined where it is no JSON, or too long. */
  readonly json: unknown;
}

/** A plain file, and nothing that a link leads to or that could be waited for. The caller closes it. */
async function openPlain(path: string): Promise<FileHandle | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW).catch(
    () => undefined,
  );
  if (file === undefined) return undefined;
  if ((await file.stat()).isFile()) return file;
  await file.close();
  return undefined;
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * The whole lines of a part of a file. A last one without an end is still being written, and is left for later.
 * @param from where a line begins
 */
export async function* linesOf(file: FileHandle, from: number, to: number): AsyncGenerator<Line> {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let [at, parts, length] = [from, [] as Buffer[], 0];
  for (let position = from; position < to;) {
    const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK_BYTES, to - position), position);
    if (bytesRead === 0) return;
    position += bytesRead;
    let start = 0;
    for (;;) {
      const newline = chunk.subarray(0, bytesRead).indexOf(NEWLINE, start);
      const part = chunk.subarray(start, newline < 0 ? bytesRead : newline);
      length += part.length;
      if (length <= MAX_LINE_BYTES) parts.push(Buffer.from(part));
      if (newline < 0) break;
      yield { at, end: at + length + 1, json: length <= MAX_LINE_BYTES ? parsed(Buffer.concat(parts)) : undefined };
      [at, parts, length] = [at + length + 1, [], 0];
      start = newline + 1;
    }
  }
}

async function isPlain(path: string, isFile: boolean): Promise<boolean> {
  const facts = await lstat(path).catch(() => undefined);
  return (isFile ? facts?.isFile() : facts?.isDirectory()) === true;
}

/** Names of files, or of folders; those of the newest days come first. */
async function namesLike(folder: string, { start = '', end = '' }: NameLike, isFile: boolean): Promise<string[]> {
  const all = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return all
    .filter((entry) => (isFile ? entry.isFile() : entry.isDirectory()))
    .map(({ name }) => name)
    .filter((name) => name.startsWith(start) && name.endsWith(end))
    .sort()
    .reverse()
    .slice(0, MAX_NAMES);
}

/** The first path that fits and is accepted. No link is followed on the way. */
async function findPath(
  folder: string,
  [name, ...rest]: readonly (string | NameLike)[],
  accept: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  if (name === undefined) return undefined;
  const isFile = rest.length === 0;
  const isNamed = typeof name === 'string';
  for (const each of isNamed ? [name] : await namesLike(folder, name, isFile)) {
    const path = join(folder, each);
    if (isNamed && !(await isPlain(path, isFile))) continue;
    if (!isFile) {
      const found = await findPath(path, rest, accept);
      if (found !== undefined) return found;
    } else if (await accept(path)) return path;
  }
  return undefined;
}

async function firstLine(path: string): Promise<unknown> {
  const file = await openPlain(path);
  try {
    if (file === undefined) return undefined;
    for await (const { json } of linesOf(file, 0, MAX_LINE_BYTES)) return json;
    return undefined;
  } finally {
    await file?.close();
  }
}

/** Path of the file of a conversation, below the CLI's own folder. @param id a plain word */
export function findTranscript(folder: string, spec: TranscriptSpec, id: string): Promise<string | undefined> {
  const { isOf } = spec;
  return findPath(folder, spec.path(id), async (path) => isOf === undefined || isOf(await firstLine(path), id));
}

/** Works with the file of a conversation; undefined where there is none. */
export async function withTranscript<T>(
  folder: string,
  spec: TranscriptSpec,
  id: string,
  work: (file: FileHandle) => Promise<T>,
): Promise<T | undefined> {
  const path = await findTranscript(folder, spec, id);
  const file = path === undefined ? undefined : await openPlain(path);
  try {
    return file === undefined ? undefined : await work(file);
  } finally {
    await file?.close();
  }
}
