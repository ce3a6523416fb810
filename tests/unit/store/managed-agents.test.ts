import { beforeEach, describe, expect, it } from 'vitest';
import type { BootTime } from '../../../src/kernel/boot-clock.js';
import {
  agentOfProcess,
  agentOfToken,
  createManagedAgents,
  type ManagedAgent,
} from '../../../src/store/managed-agents.js';
import { createMemoryStore } from '../../../src/store/memory-store.js';
import type { StateStore } from '../../../src/store/store.js';

const SERVER = { pid: 10, startedAt: 1000 };
const build: ManagedAgent = {
  ...{ name: 'build', role: 'developer', owner: 'host:a', team: 'red', pane: '%1', panePid: 20, server: SERVER },
  ...{ depth: 1, token: 'aa', since: 5 },
};
let store: StateStore;
let boot: string;
beforeEach(() => {
  boot = 'one';
  store = createMemoryStore((): BootTime => ({ awake: 1, suspended: 0, boot, wall: 0 }));
});

const found = (): Promise<unknown[]> =>
  store.read((view) => [agentOfProcess(view, 10, 20)?.name, agentOfToken(view, 'aa')?.name]);

describe('rows of agents', () => {
  it('are found by name, pane, processes and token, until they are removed', async () => {
    const agents = createManagedAgents(store);
    expect(await agents.add(build)).toBe(true);
    expect(await agents.byName('build')).toMatchObject(build);
    expect([(await agents.ofPane('%1', 10))?.name, await agents.ofPane('%1', 11), await agents.ofPane('%2', 10)]).toEqual(
      ['build', undefined, undefined],
    );
    expect(await found()).toEqual(['build', 'build']);
    expect(await agents.remove('build')).toMatchObject({ name: 'build' });
    expect([await agents.byName('build'), await agents.remove('build'), await agents.list()]).toEqual([undefined, undefined, []]);
    expect(await found()).toEqual([undefined, undefined]);
  }); // prettier-ignore

  it('are one for each name and one for each pane', async () => {
    const agents = createManagedAgents(store);
    await agents.add(build);
    expect(await agents.add({ ...build, pane: '%2', panePid: 21, token: null })).toBe(false);
    expect(await agents.add({ ...build, panePid: 30, token: 'bb' })).toBe(true);
    expect(await found()).toEqual([undefined, undefined]);
    expect(await agents.add({ ...build, name: 'other', token: 'cc' })).toBe(true);
    expect((await agents.list()).map(({ name }) => name)).toEqual(['other']);
  });

  it('leave a pane its agent when another that is to take it is refused', async () => {
    const agents = createManagedAgents(store);
    await agents.add(build);
    await agents.add({ ...build, name: 'next', pane: '%2', panePid: 21, token: 'bb' });
    expect(await agents.add({ ...build, name: 'next', token: 'cc' })).toBe(false);
    expect((await agents.list()).map(({ name }) => name)).toEqual(['build', 'next']);
    expect(await agents.ofPane(build.pane, build.server.pid)).toMatchObject({ name: 'build' });
  });

  it('end with the life of the server, and of the machine', async () => {
    const agents = createManagedAgents(store);
    await agents.add(build);
    await agents.add({ ...build, name: 'next', server: { pid: 11, startedAt: 2000 }, token: 'bb' });
    expect((await agents.list()).map(({ name }) => name)).toEqual(['next']);
    boot = 'two';
    expect([await agents.list(), await agents.byName('next'), await agents.ofPane('%1', 11)]).toEqual([[], undefined, undefined]);
  }); // prettier-ignore
});
