import { randomUUID } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'; // prettier-ignore
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dropFolders, type Equipment, type Prepared, prepareLaunch } from '../../../src/agents/launch.js';
import { builtInProviders } from '../../../src/providers/index.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const TELLING_IDS = ['claude', 'codex', 'qwen', 'pi'];

let root: string;
let equipment: Equipment;
beforeEach(() => {
  root = mkdtempSync(join(process.env.TMUX_TMPDIR!, 'launch-'));
  equipment = {
    ...{ modules: '/opt/tmux-orc/bin/hooks', folders: join(root, 'agents'), server: undefined },
    ...{ tmux: { binary: '/usr/bin/tmux', socketPath: '/tmp/tmux-0/default' }, isTrusted: () => false },
  };
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const prepare = (
  id: string,
  wish: Partial<Parameters<typeof prepareLaunch>[2]> = {},
  more: Partial<Equipment> = {},
  env: NodeJS.ProcessEnv = { HOME: root },
): Promise<Prepared> =>
  prepareLaunch(
    { ...equipment, ...more },
    builtInProviders.byId(id)!,
    { permissionMode: undefined, cwd: '/project', told: { name: 'build', role: 'qa', briefing: undefined }, ...wish },
    env,
  );

describe.each(TELLING_IDS)('a start of %s, which tells of its events', (id) => {
  it('gets a folder for itself, and is told of it', async () => {
    const first = await prepare(id);
    const folder = first.folder!;
    expect([folder, basename(folder)]).toEqual([join(root, 'agents', basename(folder)), expect.stringMatching(UUID)]);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const files = readdirSync(folder).map((name) => join(folder, name));
    for (const file of files) expect(statSync(file).mode & 0o777).toBe(0o600);
    const told = JSON.stringify([first.args, first.env, files.map((file) => readFileSync(file, 'utf8'))]);
    for (const word of [folder, '/opt/tmux-orc/bin/hooks/event.sh', '/usr/bin/tmux', '/tmp/tmux-0/default'])
      expect(told).toContain(word);
    expect((await prepare(id)).folder).not.toBe(folder);
  });

  it.each(["it's", '$HOME', '`x`', 'a"b', 'a;b', 'a&b', 'a|b', '%PATH%', '!x', '#{x}', '~', '*', '(a)', 'a\\b', 'häß', 'a\nb', 'a\tb', '{a}', '<a>', '[a]', '^', '?'])('is told nothing where a word has %j in it', async (part) => {
    for (const more of [
      { folders: join(root, part) },
      { modules: `/opt/${part}` },
      { tmux: { ...equipment.tmux, binary: `/bin/${part}` } },
      { tmux: { ...equipment.tmux, socketPath: `/tmp/${part}` } },
    ]) {
      const { args, env, folder } = await prepare(id, {}, more);
      expect(folder).toBeUndefined();
      expect(JSON.stringify([args, env])).not.toMatch(/event\.sh|pi\.mjs|TMUX_ORC_EVENTS|SYSTEM_DEFAULTS/);
    }
    expect(readdirSync(root)).toEqual([]);
  }); // prettier-ignore

  it('is told where words have blanks and what else means nothing', async () => {
    const folders = join(root, 'a b', 'c,d=e:f@g+h_i.j-k');
    expect((await prepare(id, {}, { folders })).folder?.startsWith(`${folders}/`)).toBe(true);
  });
});

describe('a start', () => {
  it.each(['gemini', 'opencode', 'shell'])('of %s makes no folder', async (id) => {
    expect((await prepare(id)).folder).toBeUndefined();
    expect(readdirSync(root)).toEqual([]);
  });

  it('calls a conversation by a name of its own, where the CLI lets that be chosen', async () => {
    for (const id of ['claude', 'gemini', 'qwen']) {
      const { sessionId, args } = await prepare(id);
      expect(sessionId).toMatch(UUID);
      expect(args.join(' ')).toContain(sessionId);
    }
    for (const id of ['codex', 'opencode', 'pi']) expect((await prepare(id)).sessionId).toBeUndefined();
  });

  it('that goes on with a conversation keeps its name, and has a folder of its own', async () => {
    const { sessionId, folder, args } = await prepare('claude', { resume: 'of-before' });
    expect([sessionId, args.slice(-2)]).toEqual(['of-before', ['--resume', 'of-before']]);
    expect(basename(folder!)).toMatch(UUID);
    expect((await prepare('codex', { resume: 'of-before' })).sessionId).toBe('of-before');
  });

  it('has an address of its own where the CLI has a server, and no word shows the password', async () => {
    const [one, other] = [await prepare('opencode'), await prepare('opencode')];
    expect(one.args).toEqual([`--port=${String(one.api!.port)}`]);
    expect(one.env.OPENCODE_SERVER_PASSWORD).toBe(one.api!.password);
    expect(one.api!.password).not.toBe(other.api!.password);
    for (const id of TELLING_IDS) expect((await prepare(id)).api).toBeUndefined();
  });

  it('knows where the CLI keeps files about itself, by the environment that it has', async () => {
    expect((await prepare('claude')).registry).toBe(join(root, '.claude'));
    expect((await prepare('claude', {}, {}, { HOME: root, CLAUDE_CONFIG_DIR: '/other' })).registry).toBe('/other');
    expect((await prepare('codex')).registry).toBeUndefined();
  });

  it('trusts the folder that was asked for, also where it works in another one', async () => {
    const asked: string[] = [];
    const isTrusted = (folder: string): boolean => asked.push(folder) > 0 && folder === '/repository';
    const inWorktree = await prepare('codex', { cwd: '/worktrees/one', asked: '/repository' }, { isTrusted });
    expect(inWorktree.args.join(' ')).toContain('{"/worktrees/one"={"trust_level"="trusted"}}');
    const elsewhere = await prepare('codex', { cwd: '/repository', asked: '/x' }, { isTrusted });
    expect(elsewhere.args.join(' ')).not.toContain('trust_level');
    expect(asked).toEqual(['/repository', '/x']);
  });

  it('changes the record of trusted folders only for a folder that is trusted', async () => {
    const file = join(root, '.claude.json');
    writeFileSync(file, '{}');
    await prepare('claude');
    await prepare('codex', {}, { isTrusted: () => true });
    expect(readFileSync(file, 'utf8')).toBe('{}');
    await prepare('claude', { cwd: '/w', asked: '/project' }, { isTrusted: (folder) => folder === '/project' });
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ projects: { '/w': { hasTrustDialogAccepted: true } } });
  });
});

describe('folders of agents that are no more', () => {
  const NOW = 1_800_000_000_000;
  const OLD_MS = 601_000;
  const at = (name: string): string => join(root, 'agents', name);
  const age = (path: string, agoMs: number): void => {
    utimesSync(path, new Date(NOW - agoMs), new Date(NOW - agoMs));
  };
  function put(agoMs: number, name: string = randomUUID()): string {
    mkdirSync(at(name), { recursive: true });
    for (const file of ['submitted', 'defaults.json', '.finished.12']) writeFileSync(join(at(name), file), '{}');
    age(at(name), agoMs);
    return name;
  }
  const left = (): string[] => readdirSync(join(root, 'agents')).sort();

  it('go, but for those on record and the young', () => {
    const kept = put(10 * OLD_MS);
    const [young, future] = [put(590_000), put(-OLD_MS)];
    put(OLD_MS);
    dropFolders(equipment, new Set([at(kept)]), NOW);
    expect(left()).toEqual([kept, young, future].sort());
    expect(readdirSync(at(kept))).toHaveLength(3);
  });

  it('are none where no agent was', () => {
    dropFolders(equipment, new Set(), NOW);
    expect(existsSync(join(root, 'agents'))).toBe(false);
  });

  it('are none of those that are called otherwise, and no files', () => {
    const names = ['work', `${randomUUID()}.old`, `x${randomUUID()}`, '..old'].map((name) => put(OLD_MS, name));
    const file = randomUUID();
    writeFileSync(at(file), '');
    age(at(file), OLD_MS);
    dropFolders(equipment, new Set(), NOW);
    expect(left()).toEqual([...names, file].sort());
  });

  it('take nothing along that a link leads to', () => {
    const theirs = join(root, 'theirs');
    mkdirSync(theirs);
    writeFileSync(join(theirs, 'work'), '');
    const [link, holder] = [randomUUID(), put(0)];
    symlinkSync(theirs, at(link));
    symlinkSync(theirs, join(at(holder), 'link'));
    symlinkSync(join(theirs, 'work'), join(at(holder), 'finished'));
    age(at(holder), OLD_MS);
    age(theirs, OLD_MS);
    dropFolders(equipment, new Set(), NOW);
    expect([left(), lstatSync(at(link)).isSymbolicLink(), readdirSync(theirs)]).toEqual([[link], true, ['work']]);
  });

  it('stay where somebody has put a folder into them, and hinder nothing', () => {
    const [full, empty] = [put(0), put(OLD_MS)];
    mkdirSync(join(at(full), 'mine'));
    writeFileSync(join(at(full), 'mine', 'work'), '');
    age(at(full), OLD_MS);
    dropFolders(equipment, new Set(), NOW);
    expect([left(), readdirSync(join(at(full), 'mine'))]).toEqual([[full], ['work']]);
    expect(existsSync(at(empty))).toBe(false);
  });
});
