import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { createProject, refusal } from './project.js';
import { DEFAULTS } from './samples.js';

const project = createProject();
beforeEach(project.clear);
afterAll(project.close);

const problemOf = async (text: string | Uint8Array): Promise<string> => {
  project.write(project.userFile, text);
  const error = await refusal(loadConfig(project.sources()));
  expect(error.code).toBe('CONFIG_INVALID');
  return error.message.replace('$XDG_CONFIG_HOME/tmux-orchestrator/config.yaml: ', '');
};
const accepted = async (text: string): Promise<unknown> => {
  project.write(project.userFile, text);
  return (await loadConfig(project.sources())).config;
};

describe('the content of a config file', () => {
  it.each([
    ['a key twice', 'mcp: {read_only: true, read_only: false}', 'mcp.read_only: expected the key only once.'],
    ['a block twice', 'mcp: {read_only: true}\nmcp: {}\n', 'mcp: expected the key only once.'],
    ['a key twice in a map', 'agents: {providers: {a: 1, a: 2}}', 'agents.providers.a: expected the key only once.'],
    ['a misspelt key', 'mcp: {readonly: true}', 'mcp.readonly: not a known key. Did you mean "mcp.read_only"?'],
    ['a key of another block', 'read_only: true', 'read_only: not a known key. Did you mean "mcp.read_only"?'],
    ['a dotted key', '"mcp.read_only": true', 'mcp.read_only: expected keys below keys, not dots between them.'],
    ['a key that is no text', '1: x', '?: expected a key that is text.'],
    ['a key that is a map', '? {a: b}\n: x', '?: expected a key that is text.'],
    ['the prototype', 'agents: {providers: {__proto__: {a: 1}}}', 'agents.providers.__proto__: expected another key.'],
    ['a merge key', 'mcp: {<<: {read_only: true}}', 'mcp.<<: not a known key.'],
    ['an import', '$import: /etc/passwd', '$import: not a known key.'],
    ['a word for a boolean', 'mcp: {read_only: yes}', 'mcp.read_only: expected true or false.'],
    ['a text for a number', 'log: {level: 3}', 'log.level: expected one of debug, info, warn, error.'],
    ['a fraction', 'mcp: {max_result_bytes: 1.5}', 'mcp.max_result_bytes: expected a whole number.'],
    ['infinity', 'mcp: {max_result_bytes: .inf}', 'mcp.max_result_bytes: expected a number.'],
    ['too much', 'http: {port: 65536}', 'http.port: expected at most 65535.'],
    ['too little', 'mcp: {max_result_bytes: -1}', 'mcp.max_result_bytes: expected at least 1.'],
    ['null', 'mcp: {read_only: null}', 'mcp.read_only: expected true or false.'],
    [
      'an entry of a list',
      'mcp: {toolsets: [tmux, x]}',
      'mcp.toolsets.1: expected one of tmux, agents, teams, ops, work.',
    ],
    ['a text for a list', 'agents: {roles: x}', 'agents.roles: expected a list of texts.'],
    [
      'a key of a map',
      'security: {permissions: {pm: {x: 1}}}',
      'security.permissions.pm: expected only known keys (not x).',
    ],
    ['a list for a block', 'mcp: [a]', 'mcp: expected keys with values.'],
    [
      'a wildcard',
      'http: {allowed_origins: ["*"]}',
      'http.allowed_origins.0: expected exact origins such as "https://example.org".',
    ],
    [
      'a relative path',
      'security: {sanitizer: {allowed_paths: [a]}}',
      'security.sanitizer.allowed_paths.0: expected a full path, from "/" on.',
    ],
    ['a tag', 'mcp: !!js/function x', 'line 1: expected no tags.'],
    ['a binary', 'log: !!binary aGk=', 'line 1: expected no tags.'],
    ['broken YAML', 'a: 1\nb: [1\n', 'line 3: expected valid YAML.'],
    ['two documents', '--- {}\n--- {}\n', 'expected one YAML document.'],
    ['an alias without anchor', 'a: *b', 'line 1: expected the anchor of an alias before it.'],
    [
      'an alias without end',
      'agents: {providers: &a {b: *a}}',
      /^agents\.providers(\.b)+: expected at most 32 levels\.$/,
    ],
    ['many aliases', `a: &a 1\nb: [${'*a, '.repeat(17)}]`, 'line 2: expected at most 16 aliases.'],
    ['a deep tree', `a: ${'['.repeat(40)}${']'.repeat(40)}`, 'line 1: expected at most 32 levels.'],
    [
      'control characters',
      'agents: {default_session: "a\\x1b[2J"}',
      'agents.default_session: expected text without control characters.',
    ],
    ['bytes that are no UTF-8', Buffer.from([0x61, 0x3a, 0x20, 0xff]), 'expected UTF-8 text.'],
    ['UTF-16', Buffer.from('\ufeffmcp: {}', 'utf16le'), 'expected UTF-8 text.'],
    ['a NUL', 'a: \0', 'line 1: expected valid YAML.'],
  ])('refuses %s', async (_what, text, message) => {
    const told = await problemOf(text);
    if (typeof message === 'string') expect(told).toBe(message);
    else expect(told).toMatch(message);
  });

  it('is told in full and without values', async () => {
    project.write(project.userFile, 'log: {level: s3cret}\nmcp: {read_only: s3cret}\nx: s3cret\ny: s3cret\n');
    const error = await refusal(loadConfig(project.sources()));
    expect(error.message).toContain(' 1 more.');
    expect(error.details?.problems).toHaveLength(4);
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain('s3cret');
    expect(error.message).not.toContain(project.root);
  });

  it.each([
    ['nothing', ''],
    ['white space', ' \n\n'],
    ['comments', '# only\n'],
    ['an empty document', '---\n'],
    ['empty blocks', 'security:\n  rate_limit:\nmcp:\n'],
    ['Windows line ends', 'mcp:\r\n  read_only: false\r\n'],
    ['few aliases', 'mcp: {read_only: &f false}\nhttp: {enabled: *f}\n'],
    ['numbers of other bases', 'http: {port: 0x1e25}'],
  ])('may be %s', async (_what, text) => {
    expect(await accepted(text)).toEqual(DEFAULTS);
  });
});

describe('the file itself', () => {
  const message = async (more?: Parameters<typeof project.sources>[0]): Promise<string> =>
    (await refusal(loadConfig(project.sources(more)))).message;

  it('is not read when it is no regular file: a FIFO would stop the program', async () => {
    mkdirSync(project.userFile, { recursive: true });
    expect(await message()).toMatch(/: the file is not a regular file\.$/);
    rmSync(project.userFile, { recursive: true });
    execFileSync('mkfifo', [project.userFile]);
    expect(await message()).toMatch(/: the file is not a regular file\.$/);
    rmSync(project.userFile);
    symlinkSync(project.userFile, project.userFile);
    expect(await message()).toMatch(/: the file cannot be looked at\.$/);
    rmSync(project.userFile);
    for (const special of ['/dev/zero', '/proc/self/environ', '/proc/version']) {
      symlinkSync(special, project.userFile);
      expect(await message()).toMatch(/: the file is not a regular file\.$/);
      rmSync(project.userFile);
    }
  });

  it('may be a link, as dotfile managers make them, but not one into an open folder', async () => {
    const target = join(project.root, 'dotfiles', 'orc.yaml');
    project.write(target, 'mcp: {read_only: true}');
    mkdirSync(dirname(project.userFile), { recursive: true });
    symlinkSync(target, project.userFile);
    expect((await loadConfig(project.sources())).config.mcp.read_only).toBe(true);
    chmodSync(dirname(target), 0o777);
    expect(await message()).toMatch(/in a folder that every user can write to/);
  });

  it.runIf(process.getuid?.() === 0)('of another user is refused, or passed over above the project', async () => {
    project.write(project.userFile, '{}');
    chownSync(project.userFile, 12_345, 12_345);
    expect(await message()).toMatch(/: the file belongs to another user\.$/);
    rmSync(project.userFile);
    const planted = join(project.root, '.tmux_orchestrator', 'config.yaml');
    project.write(planted, 'broken: [');
    chownSync(planted, 12_345, 12_345);
    const { config, warnings } = await loadConfig(project.sources());
    expect(config).toEqual(DEFAULTS);
    expect(warnings).toEqual([
      '../.tmux_orchestrator/config.yaml is not read: it belongs to another user or cannot be looked at.',
    ]);
    rmSync(dirname(planted), { recursive: true });
  });

  it('is found by an absolute XDG_CONFIG_HOME, else in the home', async () => {
    const inHome = join(project.root, 'home', '.config', 'tmux-orchestrator', 'config.yaml');
    project.write(inHome, 'log: {level: x}');
    const env = { XDG_CONFIG_HOME: 'relative' };
    expect(await message({ env })).toMatch(/^~\/\.config\/tmux-orchestrator\/config\.yaml: log\.level: /);
    rmSync(inHome);
  });
});
