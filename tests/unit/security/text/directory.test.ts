import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  allowedDirectory,
  type DirectoryPolicy,
  directoryWithin,
  isInside,
  ownDirectory,
} from '../../../../src/security/text/directory.js';

let root: string;
let home: string;
let own: string;
let policy: DirectoryPolicy;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/tmp', 'd-')));
  home = join(root, 'home');
  own = join(root, 'work', 'project');
  const folders = [
    'home/code',
    'home/.ssh/keys',
    'home/.aws',
    'home/.config/gh',
    'home/.config/other',
    'home/.sshx',
    'home/a b;#{pid}é',
  ];
  for (const folder of [
    ...folders,
    'work/project/src',
    'work/project-two',
    'outside',
    'home-two',
    'dotfiles/gnupg',
    'home/dotfiles/kube',
  ])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(home, 'file'), '');
  symlinkSync(join(home, 'code'), join(home, 'to-code'));
  symlinkSync(join(root, 'outside'), join(home, 'to-outside'));
  symlinkSync(join(home, '.ssh'), join(home, 'to-ssh'));
  symlinkSync(join(home, 'nowhere'), join(home, 'dangling'));
  symlinkSync(join(home, 'loop'), join(home, 'loop'));
  // Credentials that are kept elsewhere, as people do with their dot files.
  symlinkSync(join(root, 'dotfiles/gnupg'), join(home, '.gnupg'));
  symlinkSync(join(home, 'dotfiles/kube'), join(home, '.kube'));
  policy = { allowedPaths: [], maxPathChars: 1024, home, own };
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const check = (path: string, more: Partial<DirectoryPolicy> = {}): Promise<string> =>
  allowedDirectory(path, { ...policy, ...more });
const refused = async (path: string, message: RegExp, more: Partial<DirectoryPolicy> = {}): Promise<void> => {
  const error: unknown = await check(path, more).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ name: 'OrcError', code: 'INVALID_INPUT', message: expect.stringMatching(message) });
  // The path of the caller is a value, and where a link leads is not theirs to know.
  expect(`${(error as Error).message}${(error as { hint: string }).hint}`).not.toContain(root);
};
const NOT_ALLOWED = /^cwd: this directory is not allowed/;
const NO_SUCH = /^cwd: no such directory/;

describe('allowedDirectory', () => {
  it('allows the home and the own folder, and what is below', async () => {
    for (const path of [home, own, join(home, 'code'), join(own, 'src'), join(home, 'a b;#{pid}é')])
      await expect(check(path)).resolves.toBe(path);
    await expect(check(`${home}//code/`)).resolves.toBe(join(home, 'code'));
    await expect(check(`${home}/./code`)).resolves.toBe(join(home, 'code'));
  });

  it('gives the folder that links lead to, and judges by it', async () => {
    await expect(check(join(home, 'to-code'))).resolves.toBe(join(home, 'code'));
    await refused(join(home, 'to-outside'), NOT_ALLOWED);
    await refused(join(home, 'to-ssh'), NOT_ALLOWED);
    await refused(join(home, 'to-ssh', 'keys'), NOT_ALLOWED);
    for (const name of ['dangling', 'loop']) await refused(join(home, name), NO_SUCH);
  });

  it('refuses everything else', async () => {
    for (const folder of ['outside', 'home-two', 'work', 'work/project-two'])
      await refused(join(root, folder), NOT_ALLOWED);
    for (const folder of ['/', '/etc', '/tmp', '/proc', '/proc/self', '/sys', '/dev'])
      await refused(folder, NOT_ALLOWED);
  });

  it('refuses what is no directory', async () => {
    for (const name of ['none', 'file', 'file/x', 'code/none']) await refused(join(home, name), NO_SUCH);
  });

  it.each([
    ['', /is not an absolute path/],
    ['.', /is not an absolute path/],
    ['code', /is not an absolute path/],
    ['~', /is not an absolute path/],
    ['~/code', /is not an absolute path/],
    ['$HOME', /is not an absolute path/],
    ['#{pane_current_path}', /is not an absolute path/],
    ['file:///etc', /is not an absolute path/],
    ['/a/../b', /has "\.\." in it/],
    ['/..', /has "\.\." in it/],
    ['/a\n', /has control characters/],
    ['/a\0b', /has control characters/],
    ['/\x1b[31m', /has control characters/],
    ['/\ud800', /has control characters/],
    [`/${'x'.repeat(1024)}`, /longer than 1024 characters/],
  ])('refuses %j by its form', async (path, message) => {
    await refused(path, message);
    await expect(allowedDirectory(path, policy, 'folder')).rejects.toThrow(/^folder: /);
  });

  it('never allows folders that keep credentials, wherever they are kept', async () => {
    for (const name of ['.ssh', '.ssh/keys', '.aws', '.config/gh', '.gnupg', '.kube'])
      await refused(join(home, name), NOT_ALLOWED);
    // The folder that one of them is a link to is the same folder.
    await refused(join(home, 'dotfiles/kube'), NOT_ALLOWED);
    for (const name of ['.sshx', '.config', '.config/other', 'dotfiles'])
      await expect(check(join(home, name))).resolves.toBe(join(home, name));
    const named = { allowedPaths: [join(home, '.ssh'), join(root, 'dotfiles'), '/proc', root] };
    for (const path of [
      join(home, '.ssh'),
      join(home, '.ssh/keys'),
      join(home, '.gnupg'),
      join(root, 'dotfiles/gnupg'),
      '/proc/self',
    ])
      await refused(path, NOT_ALLOWED, named);
  });

  it('allows only the named roots when there are any', async () => {
    const named = { allowedPaths: [join(root, 'outside'), join(home, 'to-code'), join(root, 'none')] };
    await expect(check(join(root, 'outside'), named)).resolves.toBe(join(root, 'outside'));
    await expect(check(join(home, 'to-outside'), named)).resolves.toBe(join(root, 'outside'));
    await expect(check(join(home, 'code'), named)).resolves.toBe(join(home, 'code'));
    for (const path of [home, own]) await refused(path, NOT_ALLOWED, named);
    await refused(own, NOT_ALLOWED, { allowedPaths: [join(root, 'none')] });
  });

  it('does not take an own folder that is / or above the home for a root', async () => {
    for (const above of ['/', root]) await refused(join(root, 'outside'), NOT_ALLOWED, { own: above });
    await expect(check(home, { own: '/' })).resolves.toBe(home);
    await expect(check(home, { own: home })).resolves.toBe(home);
  });
});

describe('isInside', () => {
  it.each([
    ['/a', '/a', true],
    ['/a', '/a/b', true],
    ['/a', '/a/..b', true],
    ['/', '/a', true],
    ['/a', '/', false],
    ['/a', '/ab', false],
    ['/a/b', '/a', false],
    ['/a/b', '/a/c', false],
  ])('%s holds %s: %s', (outer, path, expected) => {
    expect(isInside(outer, path)).toBe(expected);
  });
});

describe('ownDirectory', () => {
  it('is the real own folder, or / when that is gone', async () => {
    await expect(ownDirectory({ ...policy, own: join(home, 'to-code') })).resolves.toBe(join(home, 'code'));
    await expect(ownDirectory({ ...policy, own: join(root, 'none') })).resolves.toBe('/');
  });
});

describe('directoryWithin', () => {
  it('gives the real path of a folder in ours, wherever that is', async () => {
    const outside = join(root, 'outside');
    mkdirSync(join(outside, 'ours/in'), { recursive: true });
    symlinkSync(join(outside, 'ours/in'), join(outside, 'ours/link'));
    const real = join(outside, 'ours/in');
    for (const name of ['in', 'in/', './in', 'link']) expect(await directoryWithin(`${outside}/ours`, `${outside}/ours/${name}`)).toBe(real);
    expect(await directoryWithin(real, real)).toBe(real);
  });

  it('gives nothing that is no folder, is not there, or leads out', async () => {
    const ours = join(root, 'outside/ours');
    symlinkSync(root, join(ours, 'out'));
    writeFileSync(join(ours, 'file'), '');
    for (const name of ['out', 'out/home', 'file', 'nothing', '..', '../../home'])
      expect([name, await directoryWithin(ours, join(ours, name))]).toEqual([name, undefined]);
    expect(await directoryWithin(join(ours, 'nothing'), root)).toBeUndefined();
  });
}); // prettier-ignore
