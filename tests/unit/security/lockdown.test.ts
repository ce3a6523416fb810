import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLockdown, type Lockdown } from '../../../src/security/lockdown.js';
import { lockdownGate } from '../../../src/security/outer/lockdown.js';
import { createStoreWorld, type StoreWorld } from '../../support/store-world.js';
import { call, operation } from './calls.js';

let world: StoreWorld;
let time: number;
let file: string;
/** As another process has it. */
const open = (timeoutMs = 1000): Lockdown =>
  createLockdown({ root: world.root, store: world.open({ timeoutMs: () => timeoutMs }), now: () => time });
beforeEach(() => {
  [world, time] = [createStoreWorld(), 0];
  file = join(world.root, 'LOCKDOWN');
});
afterEach(() => world.close());

const facts = { since: 1_700_000_000_000, by: 'host:x', reason: 'looks wrong' };

describe('lockdown', () => {
  it('is off, and looking for it makes nothing', async () => {
    const lockdown = open();
    expect(lockdown.isActive()).toBe(false);
    expect(existsSync(world.root)).toBe(false);
    expect(await lockdown.check()).toBe(false);
    expect(await lockdown.facts()).toBeUndefined();
  });

  it('holds for all processes within 20 ms, until it is left', async () => {
    const [one, two] = [open(), open()];
    expect(two.isActive()).toBe(false);
    await one.enter(facts);
    await two.enter({ ...facts, by: 'late' });
    expect([one.isActive(), await one.check()]).toEqual([true, true]);
    const three = open();
    expect(three.isActive()).toBe(true);
    time = 20;
    expect([two.isActive(), await two.check(), await two.facts()]).toEqual([true, true, facts]);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(facts);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await two.leave();
    expect([two.isActive(), await two.check(), existsSync(file)]).toEqual([false, false, false]);
    time = 40;
    expect([one.isActive(), three.isActive(), await one.check()]).toEqual([true, false, false]);
    expect(one.isActive()).toBe(false);
  });

  it('looks at the file no more often than needed', async () => {
    const lockdown = open();
    lockdown.isActive();
    mkdirSync(world.root, { recursive: true });
    writeFileSync(file, '');
    time = 19.9;
    expect(lockdown.isActive()).toBe(false);
    time = 20;
    expect(lockdown.isActive()).toBe(true);
    const started = performance.now();
    for (let i = 0; i < 100_000; i++) lockdown.isActive();
    expect(performance.now() - started).toBeLessThan(500);
  });

  it('stays on when either the file or the row is taken away', async () => {
    await open().enter(facts);
    rmSync(file);
    const [one, two] = [open(), open()];
    expect(await one.check()).toBe(true);
    expect(one.isActive()).toBe(true);
    expect(await two.facts()).toEqual(facts);
    await two.leave();
    expect(await one.check()).toBe(false);
    // A file of whatever kind, as an operator may make it by hand.
    symlinkSync('/nowhere', file);
    time = 100;
    expect([one.isActive(), await open().check()]).toEqual([true, true]);
    await one.leave();
    expect(await open().check()).toBe(false);
  });

  it('can be entered while the store is locked, and not left', async () => {
    const lockdown = open(50);
    await lockdown.check();
    const other = new Database(world.path);
    other.exec('BEGIN EXCLUSIVE');
    await lockdown.enter(facts);
    expect(lockdown.isActive()).toBe(true);
    await expect(lockdown.leave()).rejects.toMatchObject({ code: 'busy' });
    expect([lockdown.isActive(), existsSync(file)]).toEqual([true, true]);
    other.exec('ROLLBACK');
    other.close();
    await lockdown.leave();
    expect(await lockdown.check()).toBe(false);
  });

  it('cannot be entered when nothing can be written', async () => {
    mkdirSync(join(world.root, '..', 'elsewhere'));
    symlinkSync('elsewhere', world.root);
    await expect(open().enter(facts)).rejects.toThrow('symbolic link');
  });
});

describe('lockdownGate', () => {
  const run = (effect: 'read' | 'write' | 'destroy', exempt = false, on = true) =>
    Promise.resolve(lockdownGate({ check: () => Promise.resolve(on) })(call({ operation: operation({ effect, exempt }) }), async () => 'ran')); // prettier-ignore

  it('lets reads go on, and what stops things', async () => {
    expect(await run('read')).toBe('ran');
    expect(await run('write', true)).toBe('ran');
    for (const effect of ['write', 'destroy'] as const) {
      await expect(run(effect)).rejects.toMatchObject({ code: 'LOCKED_DOWN' });
      expect(await run(effect, false, false)).toBe('ran');
    }
  });

  it('leaves unknown calls to those that say so', async () => {
    expect(await lockdownGate({ check: () => Promise.resolve(true) })(call({ operation: undefined }), async () => 'ran')).toBe('ran'); // prettier-ignore
  });
});
