import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { currentLogFile, followLog, lastLogLines } from '../../../src/app/monitor-log.js';
import { createLogFolder, type LogFolder } from '../../../src/log/log-folder.js';
import { until } from '../../support/world.js';

let root: string;
let folder: string;
let log: LogFolder;

beforeEach(() => {
  root = mkdtempSync(join(process.env.TMUX_TMPDIR!, 'log-'));
  folder = join(root, 'monitor');
  log = createLogFolder({ root, folder, maxBytes: 20, keep: 3 });
});
afterEach(() => {
  log.close();
  rmSync(root, { recursive: true });
});

const write = (from: number, to: number): void => {
  for (let n = from; n <= to; n++) log.append(`line ${String(n).padStart(2, '0')}\n`);
};

it('gives nothing where nothing was written', () => {
  expect(lastLogLines(folder, 5)).toEqual({ lines: [], place: { file: 0, bytes: 0 } });
  expect(currentLogFile(folder)).toBeUndefined();
});

it('gives the last lines over several files', () => {
  write(1, 8);
  expect(lastLogLines(folder, 4).lines).toEqual(['line 05', 'line 06', 'line 07', 'line 08']);
  expect(lastLogLines(folder, 0).lines).toEqual([]);
  expect(currentLogFile(folder)).toMatch(/0{5}3\.jsonl$/);
});

it('goes on over files that are begun, and into a folder that is made', async () => {
  const ending = new AbortController();
  const seen: string[] = [];
  const following = followLog(folder, lastLogLines(folder, 0).place, ending.signal, (line) => seen.push(line));
  for (const n of [1, 4, 7]) {
    write(n, n + 2);
    await until('the lines', () => seen.length === n + 2);
  }
  ending.abort();
  await following;
  expect(seen).toEqual(Array.from({ length: 9 }, (_, n) => `line ${String(n + 1).padStart(2, '0')}`));
});
