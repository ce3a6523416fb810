import { beforeEach, expect, it } from 'vitest';
import { markOf } from '../../../src/exec/process-mark.js';
import { type BackgroundRecord, createBackgroundRecord } from '../../../src/monitor/background.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';

const self = markOf(process.pid);
const parent = markOf(process.ppid);
/** Our number, and the start of another process: it has ended, and its number was given anew. */
const ended = { pid: process.pid, start: '1' };
let boot: string;
let record: BackgroundRecord;

beforeEach(() => {
  boot = 'one';
  record = createBackgroundRecord(createMemoryStore(() => ({ awake: 1000, suspended: 0, boot, wall: 5000 })));
});

it('is of one process that runs', async () => {
  expect(await record.known()).toBeUndefined();
  expect(await record.claim(parent)).toBeUndefined();
  expect(await record.claim(self)).toMatchObject({ keeper: parent, isRunning: true });
  expect(await record.claim(parent)).toBeUndefined();
  await record.note(self, { starts: 7 });
  await record.clear(self);
  expect(await record.known()).toMatchObject({ keeper: parent, since: 5000, starts: 0 });
  await record.clear(parent);
  expect(await record.known()).toBeUndefined();
});

it('goes to another where its process has ended', async () => {
  await record.claim(ended);
  expect(await record.known()).toMatchObject({ isRunning: false });
  expect(await record.claim(self)).toBeUndefined();
  expect(await record.known()).toMatchObject({ keeper: self, isRunning: true, isChildRunning: false });
});

it('takes no process of an earlier start of the machine for one that runs', async () => {
  await record.claim(parent);
  await record.note(parent, { child: self });
  expect(await record.known()).toMatchObject({ isRunning: true, isChildRunning: true });
  boot = 'two';
  expect(await record.known()).toMatchObject({ isRunning: false, isChildRunning: false });
  expect(await record.claim(self)).toBeUndefined();
});

it('keeps what is noted of its process', async () => {
  await record.claim(self);
  await record.note(self, { child: parent, starts: 2 });
  await record.claim(self);
  expect(await record.known()).toMatchObject({ starts: 2, child: parent, isChildRunning: true });
  await record.note(self, { child: undefined, lastEnd: { at: 1, signal: 'SIGKILL' } });
  expect(await record.known()).toMatchObject({ starts: 2, isChildRunning: false, lastEnd: { signal: 'SIGKILL' } });
});
