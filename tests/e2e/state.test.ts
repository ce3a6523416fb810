import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStandings } from '../../src/security/trust/standing.js';
import { createSqliteStore } from '../../src/store/sqlite/sqlite-store.js';
import type { StateStore } from '../../src/store/store.js';
import { createManagedPanes } from '../support/managed-panes.js';
import { BIN, cli, cliJson, legacyHost, okOf } from '../support/program.js';
import { UNLIMITED } from '../support/raw-server.js';
import { createDesk } from '../support/terminal.js';
import { createWorld, until, type World } from '../support/world.js';

let world: World;
beforeAll(async () => {
  world = createWorld(UNLIMITED);
  expect((await cli(world, ['session', 'create', 'work', '--', 'cat'])).code).toBe(0);
});
afterAll(() => world.close());

const root = (): string => join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator');
const server = (): string => readdirSync(root()).find((name) => /^[0-9a-f]{12}$/.test(name))!;
const data = async (argv: string[]): Promise<Record<string, any>> => {
  const result = await cliJson(world, argv);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.data;
};
const withStore = async <T>(work: (store: StateStore) => Promise<T>): Promise<T> => {
  const store = createSqliteStore({ root: root(), folder: root(), name: 'user.db', timeoutMs: () => 1000 });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
};

describe('state backup', () => {
  it('makes a snapshot of each store, which list shows', async () => {
    const { copies } = await data(['state', 'backup']);
    expect(copies.map(({ store }: { store: string }) => store)).toEqual(['user.db', `${server()}/state.db`]);
    for (const { path, bytes } of copies) {
      expect(statSync(path)).toMatchObject({ size: bytes });
      expect(statSync(path).mode & 0o777).toBe(0o600);
    }
    const { snapshots, set_aside: aside } = await data(['state', 'list']);
    expect(snapshots).toEqual(copies);
    expect(aside).toEqual([]);
    expect((await cli(world, ['security', 'check'])).stdout).not.toMatch(/snapshots/);
    const { stdout } = await cli(world, ['state', 'list']);
    expect(stdout).toMatch(/^STORE +TIME +BYTES +NAME\nuser\.db +\S+Z +\d+ +user-\d{8}T\d{9}Z\n/);
  });

  it('copies all into a folder, and replaces nothing unasked', async () => {
    const folder = join(world.folder, 'kept', 'today');
    const { copies } = await data(['state', 'backup', join('kept', 'today')]);
    expect(copies.map(({ path }: { path: string }) => path)).toEqual([join(folder, 'user.db'), join(folder, `state-${server()}.db`)]); // prettier-ignore
    expect(readdirSync(folder).sort()).toEqual([`state-${server()}.db`, 'user.db']);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const before = readFileSync(join(folder, 'user.db'));
    expect(await cliJson(world, ['state', 'backup', folder])).toMatchObject({ ok: false, code: 6, error: { code: 'CONFLICT' } }); // prettier-ignore
    expect(readFileSync(join(folder, 'user.db')).equals(before)).toBe(true);
    expect((await cliJson(world, ['--yes', 'state', 'backup', folder])).ok).toBe(true);
    writeFileSync(join(world.folder, 'file'), '');
    expect(await cliJson(world, ['state', 'backup', 'file'])).toMatchObject({ ok: false, code: 2 });
  });
});

describe('state restore', () => {
  it('brings back what may come back while servers go on, and the audit log stays whole', async () => {
    await withStore(async (store) => {
      const standings = createStandings(store);
      await standings.revoke('host:old');
      await standings.grant('host:granted', 3_600_000);
    });
    const { copies } = await data(['state', 'backup']);
    const name = String(copies[0].name);
    await withStore(async (store) => {
      const standings = createStandings(store);
      await standings.reset('host:old');
      await standings.reset('host:granted');
      await standings.revoke('host:new');
    });
    const host = await legacyHost(world);
    try {
      await okOf(host, 'create_session', { name: 'later' });
      const refused = await cli(world, ['state', 'restore', name]);
      expect(refused.code).toBe(4);
      expect(refused.stderr).toMatch(/user\.db +\S+Z +standings +1 +0 +0[^]*CONFIRMATION_REQUIRED/);
      const { restored, recorded } = await data(['--yes', 'state', 'restore', name]);
      expect(recorded).toBe(true);
      expect(restored).toMatchObject([{ store: 'user.db', changes: expect.arrayContaining([{ table: 'standings', added: 1, replaced: 0, removed: 0 }]) }]); // prettier-ignore
      // The server sees it without a new start.
      await okOf(host, 'create_session', { name: 'after' });
    } finally {
      await host.close();
    }
    const { callers } = await data(['security', 'trust', 'list']);
    expect(callers).toEqual([
      { caller: 'host:new', trust: 'revoked', contained: false },
      { caller: 'host:old', trust: 'revoked', contained: false },
    ]);
    expect((await cli(world, ['audit', 'verify'])).code).toBe(0);
    const files = readdirSync(join(root(), 'audit')).filter((file) => file.endsWith('.jsonl'));
    const log = files.map((file) => readFileSync(join(root(), 'audit', file), 'utf8')).join('');
    expect(log).toContain('"state_restored"');
    expect(log).not.toContain('head_lost');
  });

  it('takes agents and panes as they are now, and a whole backup', async () => {
    const folder = join(world.folder, 'whole');
    await data(['state', 'backup', folder]);
    await cli(world, ['session', 'create', 'newer', '--', 'cat']);
    const { restored } = await data(['--yes', 'state', 'restore', 'whole']);
    expect(JSON.stringify(restored)).not.toMatch(/"removed":[1-9]/);
    expect((await cli(world, ['session', 'kill', 'newer'])).code).toBe(0);
  });

  it('refuses what is no copy of ours', async () => {
    writeFileSync(join(world.folder, 'notes.db'), 'no database '.repeat(1000));
    expect((await cliJson(world, ['--yes', 'state', 'restore', 'notes.db'])).ok).toBe(false);
    expect(await cliJson(world, ['--yes', 'state', 'restore', 'nothing'])).toMatchObject({ code: 3 });
    expect(await cliJson(world, ['--yes', 'state', 'restore', join(root(), 'user.db')])).toMatchObject({ ok: false, error: { code: 'DENIED' } }); // prettier-ignore
  });
});

describe('who may', () => {
  it('is asked at a terminal, with what would change', async () => {
    const desk = createDesk(world);
    try {
      await withStore((store) => createStandings(store).revoke('host:asked'));
      const { copies } = await data(['state', 'backup']);
      const name = String(copies[0].name);
      await withStore((store) => createStandings(store).reset('host:asked'));
      for (const [key, status] of [
        ['n', 130],
        ['y', 0],
      ] as const) {
        const terminal = await desk.run(['state', 'restore', name]);
        await terminal.shows('standings');
        await terminal.shows('Change 1 store as shown? [y/N]');
        await terminal.keys(key, 'Enter');
        expect((await terminal.ended()).status).toBe(status);
        await terminal.close();
        const callers = JSON.stringify((await data(['security', 'trust', 'list'])).callers);
        expect(callers.includes('host:asked')).toBe(status === 0);
      }
    } finally {
      await desk.close();
    }
  });

  it('is no program in the pane of an agent', async () => {
    const agents = createManagedPanes(world);
    try {
      const pane = await world.tmux('new-session', '-d', '-P', '-F', '#{pane_id}', '-s', 'managed', 'sh');
      await agents.manage(pane, { name: 'w' });
      for (const words of ['list', 'backup', 'backup here', 'restore user --yes']) {
        const out = join(world.folder, `out-${words.replaceAll(' ', '-')}`);
        const line = `${process.execPath} ${BIN} --json state ${words} > ${out}.part; mv ${out}.part ${out}`;
        writeFileSync(`${out}.sh`, line);
        await world.tmux('send-keys', '-t', pane, `sh ${out}.sh`, 'Enter');
        await until('the answer', () => existsSync(out));
        expect(JSON.parse(readFileSync(out, 'utf8'))).toMatchObject({ ok: false, error: { code: 'DENIED' } });
      }
    } finally {
      await agents.close();
    }
  });
});

describe('a damaged database', () => {
  it('goes on from its snapshot; log, status and doctor say so, and the audit log goes on', async () => {
    await data(['state', 'backup']);
    expect((await cli(world, ['session', 'create', 'between'])).code).toBe(0);
    // What takes away is in a snapshot at once.
    await data(['security', 'contain', 'host:bad', '--for', '1h']);
    const file = openSync(join(root(), 'user.db'), 'r+');
    writeSync(file, Buffer.alloc(4096, 0xa5));
    closeSync(file);
    const { code, stderr } = await cli(world, ['session', 'create', 'behind']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/user\.db was damaged\. It is kept as user\.db\.corrupt-\w+-\w+; it goes on from the snapshot of \S+Z, and what came after that is lost\./); // prettier-ignore
    expect(stderr).not.toContain(root());
    expect((await data(['security', 'trust', 'list'])).callers).toContainEqual(expect.objectContaining({ caller: 'host:bad', contained: true })); // prettier-ignore
    const warning = expect.stringContaining('the store user.db was damaged at ');
    expect((await data(['status'])).config.warnings).toEqual([warning]);
    const doctor = await data(['doctor']);
    expect(doctor.checks).toContainEqual(expect.objectContaining({ check: 'state', verdict: 'warn', found: warning }));
    expect((await data(['state', 'list'])).set_aside).toMatchObject([{ store: 'user.db' }]);
    const verified = await cli(world, ['audit', 'verify']);
    expect(verified.stdout + verified.stderr).toContain('the store had lost the end of the log');
    expect(verified.code).toBe(0);
    expect(existsSync(join(root(), 'user.db.repair'))).toBe(false);
  });
});
