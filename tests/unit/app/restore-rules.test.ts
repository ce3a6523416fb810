import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMessages } from '../../../src/agents/delivery/messages.js';
import { rulesFor } from '../../../src/app/restore-rules.js';
import { takeDueSnapshots } from '../../../src/app/snapshots.js';
import { createLockdown } from '../../../src/security/lockdown.js';
import { readHead, writeHead, NO_HEAD } from '../../../src/security/audit/head.js';
import { createStandings } from '../../../src/security/trust/standing.js';
import type { MessageText } from '../../../src/security/text/message.js';
import { restore } from '../../../src/store/restore.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { Saved } from '../../../src/store/saved.js';
import { readCopyFile } from '../../../src/store/sqlite/copy.js';
import { defineTable, type StateStore, StoreError } from '../../../src/store/store.js';
import { createStoreWorld, type StoreWorld } from '../../support/store-world.js';

const SOURCE = new URL('../../../src', import.meta.url).pathname;
let worlds: StoreWorld[] = [];
beforeEach(() => {
  worlds = [];
});
afterEach(() => Promise.all(worlds.map((world) => world.close())));

function open(name: string): { readonly world: StoreWorld; readonly store: StateStore } {
  const world = createStoreWorld(name);
  worlds.push(world);
  return { world, store: world.open({ rules: rulesFor(name) }) };
}
const savedOf = async (store: StateStore): Promise<Saved> => readCopyFile((await store.snapshots!.take()).path);

it('every table has its rule', () => {
  const names = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...readFileSync(join(SOURCE, file), 'utf8').matchAll(/defineTable<[^(]*>\(\s*'([a-z_]+)'/g)])
    .map(([, name]) => name!);
  const known = ['user.db', 'state.db'].flatMap((name) => Object.keys(rulesFor(name).tables));
  expect(names.length).toBeGreaterThan(20);
  expect(names.filter((name) => !known.includes(name))).toEqual([]);
});

describe('a restore of what holds for the user', () => {
  it('makes nothing looser', async () => {
    const { world, store } = open('user.db');
    const standings = createStandings(store);
    const lockdown = createLockdown({ root: world.root, store });
    await standings.grant('host:a', 60_000);
    await standings.revoke('host:b');
    await standings.contain('host:c', 3_600_000);
    await store.transact((tx) => writeHead(tx, { ...NO_HEAD, seq: 5 }));
    const saved = await savedOf(store);
    for (const caller of ['host:a', 'host:b']) await standings.reset(caller);
    await standings.grant('host:b', 60_000);
    await standings.revoke('host:d');
    await store.transact((tx) => writeHead(tx, { ...NO_HEAD, seq: 9 }));
    await lockdown.enter({ since: 1, by: 'operator', reason: '' });
    await restore(store, saved, rulesFor('user.db'));
    expect((await standings.list()).map(({ caller, trust, contained }) => [caller, trust, contained])).toEqual([
      ['host:b', 'granted', false],
      ['host:c', 'default', true],
      ['host:d', 'revoked', false],
    ]);
    await standings.grant('host:b', 0);
    expect(await standings.of('host:b')).toMatchObject({ trust: 'revoked' });
    expect((await store.read(readHead))?.seq).toBe(9);
    expect(await lockdown.facts()).toMatchObject({ by: 'operator' });
  });

  it('counts times on the clock of the store that it comes to', async () => {
    const first = open('user.db');
    await createStandings(first.store).contain('host:c', 3_600_000);
    const saved = await savedOf(first.store);
    const ahead = {
      ...saved,
      clock: { ...saved.clock!, shift: saved.clock!.shift + 1e9, mono: saved.clock!.mono + 1e9 },
    };
    const rows = saved.rows.map((row) => (row.table === 'standings' ? { ...row, value: { containedUntil: ahead.clock.mono + 60_000 } } : row)); // prettier-ignore
    const { store } = open('user.db');
    await restore(store, { ...ahead, rows }, rulesFor('user.db'));
    const [found] = await createStandings(store).list();
    expect(found?.containedSeconds).toBeGreaterThan(50);
    expect(found?.containedSeconds).toBeLessThanOrEqual(61);
  });
});

describe('a restore of what belongs to a tmux server', () => {
  const message = { agent: 'a', panePid: 1, from: 'operator', at: 1, body: 'x', text: 'x' as string as MessageText, mode: 'when_idle', seq: 0 } as const; // prettier-ignore

  it('sends nothing again', async () => {
    const { store } = open('state.db');
    const added = await createMessages(store).add(message);
    if (added.kind !== 'added') throw new Error('not added');
    const saved = await savedOf(store);
    const anew = open('state.db').store;
    await restore(anew, saved, rulesFor('state.db'));
    expect(await createMessages(anew).get(added.message.id)).toMatchObject({ state: 'unknown' });
    expect(await createMessages(anew).of('a')).toHaveLength(1);
    // What waits now goes on waiting.
    await restore(store, saved, rulesFor('state.db'));
    expect(await createMessages(store).get(added.message.id)).toMatchObject({ state: 'queued' });
  });

  it('takes agents as they are now, and sets other tables back', async () => {
    const agents = defineTable<string>('agents', { version: 1, read: String });
    const tasks = defineTable<string>('tasks_of_a_test', { version: 1, read: String });
    const { store } = open('state.db');
    const put = (key: string, value: string): Promise<void> =>
      store.transact((tx) => {
        tx.put(agents, key, value);
        tx.put(tasks, key, value);
      });
    await put('old', '1');
    const saved = await savedOf(store);
    await put('old', '2');
    await put('new', '2');
    await restore(store, saved, rulesFor('state.db'));
    const rows = (table: typeof agents): Promise<string[]> =>
      store.read((view) => view.list(table).map(({ key, row }) => `${key} ${row}`));
    expect([await rows(agents), await rows(tasks)]).toEqual([['new 2', 'old 2'], ['old 1']]);
  });
});

it('snapshots that are due are made, and what fails is told and hinders nothing', async () => {
  const { store } = open('user.db');
  await createStandings(store).revoke('host:a');
  const failing = {
    ...store,
    snapshots: { ...store.snapshots!, id: 'full', take: () => Promise.reject(new StoreError('full', 'No space.')) },
  };
  const problems: string[] = [];
  const stores = [failing, createMemoryStore(), store];
  const options = { now: Date.now(), onProblem: (text: string) => problems.push(text) };
  expect(await takeDueSnapshots(stores, options)).toHaveLength(1);
  expect(problems).toEqual(['No snapshot of full was made. No space.']);
  expect(await takeDueSnapshots([store], options)).toEqual([]);
});
