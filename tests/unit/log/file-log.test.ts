import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileLog, type FileLog, type FileLogOptions } from '../../../src/log/file-log.js';
import { logLines } from '../../support/log-lines.js';
import type { LogWorkerArguments } from '../../support/log-worker.js';
import { createWorkers } from '../../support/workers.js';
import { until } from '../../support/world.js';

let base: string;
let root: string;
let problems: string[];
const logs: FileLog[] = [];
beforeEach(() => {
  base = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/nowhere', 'log-'));
  root = join(base, 'state');
  problems = [];
});
afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
  rmSync(base, { recursive: true, force: true });
});

function open(more: Partial<FileLogOptions> = {}): FileLog {
  const log = createFileLog({
    ...{ root, folder: join(root, 'log'), onProblem: (reason) => problems.push(reason) },
    ...more,
  });
  logs.push(log);
  return log;
}
const mode = (...names: string[]): string => (statSync(join(root, ...names)).mode & 0o777).toString(8);
const names = (): string[] => readdirSync(join(root, 'log')).sort();

describe('the file of the log', () => {
  it('is not there before something is logged', async () => {
    await open().close();
    expect(existsSync(root)).toBe(false);
  });

  it('gets the first entries after a moment, with the time at which they were made', async () => {
    const before = Date.now();
    open().write('warn', { message: 'first', code: 7 });
    const after = Date.now();
    const [line] = await until('the line', () => logLines(root).length > 0 && logLines(root));
    expect(line).toEqual({ level: 'warn', pid: process.pid, time: expect.any(String), code: 7, message: 'first' });
    const time = Date.parse(String(line?.time));
    expect(time >= before && time <= after).toBe(true);
  });

  it('has an entry as soon as it is logged once the first are written', async () => {
    const log = open();
    log.write('warn', { message: 'first' });
    await until('the line', () => logLines(root).length > 0);
    log.write('error', { message: 'second' });
    expect(logLines(root).map(({ message }) => message)).toEqual(['first', 'second']);
  });

  it('is ours alone, whatever the umask is', async () => {
    const before = process.umask(0);
    try {
      const log = open();
      log.write('info', { message: 'x' });
      await log.close();
    } finally {
      process.umask(before);
    }
    expect([mode(), mode('log'), mode('log', '000001.jsonl')]).toEqual(['700', '700', '600']);
    chmodSync(join(root, 'log', '000001.jsonl'), 0o644);
    const next = open();
    next.write('info', { message: 'y' });
    await next.close();
    expect([mode('log', '000001.jsonl'), logLines(root).length]).toEqual(['600', 2]);
  });

  it.each([
    ['folder', 'A folder of the state is a symbolic link.'],
    ['file', 'A file of the state is a symbolic link.'],
  ])('is not written through a link in the place of its %s', async (what, reason) => {
    const elsewhere = join(base, 'elsewhere');
    mkdirSync(what === 'folder' ? root : join(root, 'log'), { recursive: true, mode: 0o700 });
    if (what === 'folder') mkdirSync(elsewhere);
    else writeFileSync(elsewhere, '');
    symlinkSync(elsewhere, join(root, ...(what === 'folder' ? ['log'] : ['log', '000001.jsonl'])));
    const log = open();
    log.write('info', { message: 'x' });
    log.write('info', { message: 'y' });
    await log.close();
    expect(problems).toEqual([reason]);
    if (what === 'folder') expect(readdirSync(elsewhere)).toEqual([]);
    else expect(readFileSync(elsewhere, 'utf8')).toBe('');
  });

  it('may be impossible, which is told once, and it goes on when it is possible again', async () => {
    writeFileSync(root, 'in the way');
    const log = open();
    log.write('info', { message: 'lost' });
    await until('the problem', () => problems.length > 0);
    log.write('info', { message: 'lost too' });
    rmSync(root);
    log.write('info', { message: 'written' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).not.toContain(base);
    expect(logLines(root).map(({ message }) => message)).toEqual(['written']);
  });

  it('begins anew when it was removed', async () => {
    const log = open();
    log.write('info', { message: 'first' });
    await until('the line', () => logLines(root).length > 0);
    rmSync(join(root, 'log'), { recursive: true });
    log.write('info', { message: 'second' });
    expect(logLines(root).map(({ message }) => message)).toEqual(['second']);
  });

  it('takes of an entry that is too long only its beginning', async () => {
    const log = open();
    log.write('error', { message: 'm'.repeat(5000), stack: 's'.repeat(100_000) });
    await log.close();
    expect(logLines(root)).toEqual([
      { ...{ level: 'error', pid: process.pid }, time: expect.any(String), cut_from_characters: expect.any(Number), message: 'm'.repeat(1000) }, // prettier-ignore
    ]);
  });

  it('is followed by a new one when it is full, and the oldest go', async () => {
    const log = open({ maxBytes: 1000, keep: 3 });
    for (let n = 0; n < 100; n++) log.write('info', { message: `line ${String(n)}` });
    await log.close();
    const all = names();
    expect(all).toHaveLength(3);
    expect(all[0] === '000001.jsonl').toBe(false);
    const lines = logLines(root).map(({ message }) => message);
    expect(lines).toEqual(Array.from({ length: lines.length }, (_, n) => `line ${String(100 - lines.length + n)}`));
    for (const name of all) expect(statSync(join(root, 'log', name)).size).toBeLessThan(1200);
  });

  it('leaves other files alone', async () => {
    mkdirSync(join(root, 'log'), { recursive: true, mode: 0o700 });
    writeFileSync(join(root, 'log', 'notes.txt'), 'mine');
    const log = open({ maxBytes: 200, keep: 1 });
    for (let n = 0; n < 20; n++) log.write('info', { message: `line ${String(n)}` });
    await log.close();
    expect(names()).toContain('notes.txt');
    expect(names()).toHaveLength(2);
  });
});

describe('four processes at once', () => {
  const LINES = 600;

  async function fill(maxBytes: number, keep: number): Promise<unknown[]> {
    const workers = await createWorkers<LogWorkerArguments>('log-worker.ts');
    try {
      const started = ['a', 'b', 'c', 'd'].map((name) => workers.start({ root, name, lines: LINES, maxBytes, keep }));
      await Promise.all(started.map(({ ready }) => ready));
      for (const { go } of started) go();
      await Promise.all(started.map(({ ended }) => ended));
      return started.flatMap(({ lines }) => lines);
    } finally {
      workers.close();
    }
  }

  it('lose and tear no line while files fill up', async () => {
    expect(await fill(20_000, 1000)).toEqual([]);
    const lines = logLines(root);
    for (const name of ['a', 'b', 'c', 'd'])
      expect(lines.filter((line) => line.name === name).map(({ message }) => message)).toEqual(
        Array.from({ length: LINES }, (_, n) => `line ${String(n)}`),
      );
    expect(names().length).toBeGreaterThan(10);
  });

  it('keep within the bound together', async () => {
    expect(await fill(20_000, 3)).toEqual([]);
    expect(names().length).toBeLessThanOrEqual(3);
    // A line that each is about to write may come on top.
    for (const name of names()) expect(statSync(join(root, 'log', name)).size).toBeLessThan(24_000);
    expect(logLines(root).length).toBeGreaterThan(50);
  });
});
