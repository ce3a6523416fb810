import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { parseInput } from '../../src/app/parse-input.js';
import { configSchema } from '../../src/config/schema.js';
import { operations } from '../../src/operations/index.js';
import { commandWords } from '../../src/security/text/command.js';
import { allowedDirectory, type DirectoryPolicy } from '../../src/security/text/directory.js';
import { cleanMessage } from '../../src/security/text/message.js';
import { firstConstruct, readerOf } from '../../src/security/text/message-policy.js';
import { sessionName, windowName } from '../../src/security/text/names.js';
import { parseTarget } from '../../src/security/text/target.js';
import { encode } from '../../src/tmux/encode.js';
import { type Behaviour, behaviours, expectAllRows, refusesAll } from './behaviours.js';

const MAX = 1_048_576;
const clean = (text: string): string => cleanMessage(text, MAX).text;
const sessionTarget = (text: string): unknown => parseTarget(text);

let root: string;
let policy: DirectoryPolicy;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/tmp', 's-')));
  const [home, own] = [join(root, 'home'), join(root, 'project')];
  for (const folder of [own, ...['documents', '.ssh', '.aws', 'private', 'foo..bar'].map((name) => join(home, name))])
    mkdirSync(folder, { recursive: true });
  policy = { allowedPaths: [], maxPathChars: 1024, home, own };
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});
const directory = (path: string): Promise<string> => allowedDirectory(path, policy);
const refusesFolders = async (paths: readonly string[]): Promise<void> => {
  for (const path of paths) await expect(directory(path), path).rejects.toMatchObject({ code: 'INVALID_INPUT' });
};

const SESSIONS: readonly Behaviour[] = [
  {
    row: 11,
    what: 'ordinary names are taken as they are',
    check: () => {
      for (const name of ['my-project', 'test_session', 'session123', 'a']) expect(sessionName(name)).toBe(name);
    },
  },
  {
    row: 11,
    what: 'names with dots are taken',
    differs: 'tmux stores a dot as "_", and the result says so instead of leaving the session where nobody looks',
    check: () => {
      expect(sessionName('project.dev')).toBe('project_dev');
      expect(sessionName('Project-Name_2.0')).toBe('Project-Name_2_0');
    },
  },
  {
    row: 12,
    what: 'no name is refused',
    check: () => {
      refusesAll(sessionName, ['']);
    },
  },
  {
    row: 13,
    what: 'names with spaces or characters of a shell are refused',
    check: () => {
      refusesAll(sessionName, ['session with spaces', 'session$var', 'session;cmd', 'session|pipe']);
    },
  },
  {
    row: 14,
    what: '64 characters are the most',
    check: () => {
      expect(sessionName('a'.repeat(64))).toBe('a'.repeat(64));
      refusesAll(sessionName, ['a'.repeat(65)]);
    },
  },
  {
    row: 15,
    what: 'names that tmux would read as something else are refused',
    check: () => {
      refusesAll(sessionName, ['.hidden', '-', '=']);
    },
  },
  {
    row: 15,
    what: 'a name of digits is taken',
    differs: 'tmux gives such names by itself, and only ids reach it as targets',
    check: () => {
      expect(sessionName('0')).toBe('0');
    },
  },
  {
    row: 'probe',
    what: 'a line end behind a name, and names that look like flags, are refused',
    check: () => {
      refusesAll(sessionName, ['abc\n', '\nabc', '-t', '-rf']);
    },
  },
];

const WINDOWS: readonly Behaviour[] = [
  {
    row: 16,
    what: 'ordinary names of windows are taken as they are',
    check: () => {
      for (const name of ['Claude-pm', 'Agent Window', 'test_window', 'window-123', 'Backend Dev'])
        expect(windowName(name)).toBe(name);
    },
  },
  {
    row: 17,
    what: 'no name, characters of a shell and more than 64 characters are refused',
    check: () => {
      refusesAll(windowName, ['', 'a$b', 'a;b', 'x'.repeat(65)]);
    },
  },
  {
    row: 'probe',
    what: 'line ends, tabs, blanks alone and names that look like flags are refused',
    check: () => {
      refusesAll(windowName, ['a\nb', 'a\tb', ' ', '-x', 'abc\n']);
    },
  },
];

const TARGETS: readonly Behaviour[] = [
  {
    row: 18,
    what: 'session:window is a target',
    differs: '"all" is the name of a session: no tool acts on everything at once',
    check: () => {
      for (const text of ['session:0', 'my-project:5', 'test_session:123'])
        expect(parseTarget(text)).toMatchObject({ kind: 'path', rest: text.split(':')[1] });
      expect(parseTarget('all')).toEqual({ kind: 'path', session: 'all', rest: undefined });
    },
  },
  {
    row: 19,
    what: 'no target, and a part that is missing, are refused',
    differs: 'a session alone means its active pane, and a window may be named; what is not there is NOT_FOUND',
    check: () => {
      refusesAll(sessionTarget, ['', 'session:', ':0', ':']);
      expect(parseTarget('session')).toMatchObject({ session: 'session', rest: undefined });
      expect(parseTarget('session:abc')).toMatchObject({ rest: 'abc' });
      expect(parseTarget('session:1000')).toMatchObject({ rest: '1000' });
    },
  },
  {
    row: 20,
    what: 'odd names reach nothing',
    differs: 'a target is compared with a listing and never reaches tmux, so it may name any session of the user',
    check: () => {
      expect(parseTarget('session with space:0')).toMatchObject({ session: 'session with space', rest: '0' });
      expect(parseTarget('bad$session:0')).toMatchObject({ session: 'bad$session' });
    },
  },
  {
    row: 'probe',
    what: 'a line end in a target is refused, and ids of panes and windows are targets',
    check: () => {
      refusesAll(sessionTarget, ['s:0\n', 's\n:0', '%5\n', '=s']);
      expect(['%5', '@3', '$1'].map((text) => parseTarget(text).kind)).toEqual(['pane-id', 'window-id', 'session-id']);
    },
  },
];

const MESSAGES: readonly Behaviour[] = [
  {
    row: 21,
    what: 'text, lines and signs arrive as they are',
    check: () => {
      for (const text of ['Hello world', 'one\ntwo\n', `!@#%^&*()+=[]{}|\\:;"'<>?,./`]) expect(clean(text)).toBe(text);
    },
  },
  {
    row: 22,
    what: 'no text is refused',
    check: () => {
      refusesAll(clean, ['']);
    },
  },
  {
    row: 23,
    what: 'substitutions are refused',
    differs: 'only by the strict policy: text is pasted and no shell of ours sees it, and code is full of them',
    check: () => {
      for (const text of ['use `npm test`', 'echo $(id)', 'a ${x}']) {
        expect(clean(text)).toBe(text);
        expect(firstConstruct(text, readerOf('bash'))).toBeDefined();
      }
    },
  },
  {
    row: 24,
    what: 'there is a largest size',
    differs: '1 MiB instead of 10,000 characters, and as the config says',
    check: () => {
      expect(clean('x'.repeat(10_001))).toHaveLength(10_001);
      refusesAll((text: string) => cleanMessage(text, 10_000), ['x'.repeat(10_001)]);
      refusesAll(clean, ['x'.repeat(MAX + 1)]);
    },
  },
  {
    row: 25,
    what: 'colours are taken out',
    check: () => {
      expect(cleanMessage('\u001b[31mred\u001b[0m', MAX)).toMatchObject({ text: 'red', removed: { escapes: 2 } });
    },
  },
  {
    row: 26,
    what: 'NUL does not arrive',
    differs: 'refused, because a text without it is another text, and nobody would be told',
    check: () => {
      refusesAll(clean, ['a\0b', '\0']);
    },
  },
  {
    row: 'probe',
    what: 'what the original let through is taken out: C1, bell, backspace, CR, DEL, the body of OSC',
    check: () => {
      expect(clean('a\u009b31mb')).toBe('ab');
      expect(clean('a\u0007b\bc\u007fd')).toBe('abcd');
      expect(clean('a\rb')).toBe('a\nb');
      expect(clean('x\u001b]0;title\u0007y\u001b]52;c;eA==\u0007z')).toBe('xyz');
      refusesAll(clean, ['\u001b[31m', '\u0007']);
    },
  },
  {
    row: 'probe',
    what: 'a leading "-", a trailing ";" and more than 16 KB arrive as they are',
    check: () => {
      for (const text of ['-n', '--help', 'done;', 'x\\;', 'y'.repeat(20_000)]) expect(clean(text)).toBe(text);
    },
  },
];

const PATHS: readonly Behaviour[] = [
  {
    row: 27,
    what: 'a folder of the home or of the project is taken',
    differs: 'only absolute ones that exist: a relative path would depend on where the server was started',
    check: async () => {
      expect(await directory(join(policy.home, 'documents'))).toBe(join(policy.home, 'documents'));
      expect(await directory(policy.own)).toBe(policy.own);
      await refusesFolders(['./relative/path', 'simple_file.txt', '/workspaces/project']);
    },
  },
  {
    row: 28,
    what: 'no path, the way up and files of the system are refused',
    check: () => refusesFolders(['', '../../../etc/passwd', '/etc/passwd', '/etc/shadow']),
  },
  {
    row: 29,
    what: 'folders with credentials are refused',
    differs: 'by where they are and not by a part of the name, so a folder called "private" may be used',
    check: async () => {
      await refusesFolders(['/.ssh/id_rsa', '/.aws/credentials', '/private/var/log']);
      await refusesFolders([join(policy.home, '.ssh'), join(policy.home, '.aws')]);
      expect(await directory(join(policy.home, 'private'))).toBe(join(policy.home, 'private'));
    },
  },
  {
    row: 30,
    what: '1024 characters are the most',
    check: () => refusesFolders([`/${'x'.repeat(1024)}`]),
  },
  {
    row: 'probe',
    what: 'what the original let through is refused, and what it refused by mistake is taken',
    check: async () => {
      await refusesFolders(['/etc/hosts', '/root/.gnupg', '/proc/self/environ', '/proc/self', '../..', '/tmp/..']);
      expect(await directory(join(policy.home, 'foo..bar'))).toBe(join(policy.home, 'foo..bar'));
    },
  },
];

const schemaOf = (tool: string): z.ZodObject => {
  const found = operations.find(({ name }) => name === tool);
  if (found === undefined) throw new Error(`no ${tool}`);
  return found.input;
};
const limit = (value: unknown): unknown => parseInput(schemaOf('list_sessions'), { limit: value }).limit;

const OTHERS: readonly Behaviour[] = [
  {
    row: 34,
    what: 'whole numbers in their bounds are taken',
    differs: 'a text is no number: the schema says integer, and the command line reads it before',
    check: () => {
      for (const value of [1, 5, 10, 500]) expect(limit(value)).toBe(value);
      refusesAll(limit, ['5']);
    },
  },
  {
    row: 35,
    what: 'others are refused',
    check: () => {
      refusesAll(limit, [0, 501, 'abc', null, 5.9, true, Number.NaN]);
    },
  },
  {
    row: 36,
    what: 'a kind of input that nobody knows is refused',
    differs: 'kinds are types, so it does not compile; what a caller can get wrong is a parameter',
    check: () => {
      for (const { input } of operations) refusesAll((args: unknown) => parseInput(input, args), [{ unknown_type: 'value' }]); // prettier-ignore
    },
  },
  {
    row: 37,
    what: 'NUL in a name is refused',
    check: () => {
      refusesAll(sessionName, ['test\0session']);
    },
  },
  {
    row: 38,
    what: 'invisible characters in a name are refused',
    check: () => {
      refusesAll(sessionName, ['test\u202esession', '\ufefftest']);
    },
  },
];

const SOURCES = new URL('../../src/', import.meta.url);
/** Source files of the program in which something stands. */
const filesWith = (what: RegExp): string[] =>
  readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && what.test(readFileSync(new URL(name, SOURCES), 'utf8')))
    .sort();

const HOSTILE = ['; rm -rf /', '`id`', '$(id)', 'a && b', 'a | b', 'a > b', "'; DROP TABLE x; --", 'a"b', "a'b"];

const COMMANDS: readonly Behaviour[] = [
  {
    row: 65,
    what: 'a program with characters of a shell, or that no process can get, does not run',
    differs:
      'there is no choice of terminals; any program is one word of a list, and tests/security/mcp-security shows that it is not found',
    check: () => {
      refusesAll((word: string) => commandWords([word], MAX), ['xterm\0']);
      for (const word of HOSTILE) expect(commandWords([word], MAX)).toEqual([word]);
    },
  },
  {
    row: 66,
    what: 'an ordinary program is started with its arguments as they are',
    check: () => {
      for (const name of ['my-terminal', 'terminal_v2', 'CustomTerm123'])
        expect(commandWords([name, '-e', 'script'], MAX)).toEqual([name, '-e', 'script']);
    },
  },
  {
    row: 67,
    what: 'names that are paths are refused',
    check: () => {
      refusesAll(sessionName, ['../../../etc/passwd', 'project/../../../', 'project\\..\\', '/absolute/path', 'C:\\..', '']); // prettier-ignore
    },
  },
  {
    row: 68,
    what: 'ordinary names of projects are taken',
    check: () => {
      for (const name of ['my-project', 'project123', 'test_project', 'project-v2.0'])
        expect(() => sessionName(name)).not.toThrow();
    },
  },
  {
    row: 69,
    what: 'everything is quoted before tmux reads it',
    differs: 'in one place, for the parser of tmux, and byte for byte',
    check: () => {
      for (const word of HOSTILE) expect(encode(['rename-session', '--', word])).toMatch(/^rename-session "--" "[A-Za-z0-9 _./:\\-]*"$/); // prettier-ignore
    },
  },
  {
    row: 70,
    what: 'a hostile name of a session is data',
    differs: 'it is refused before: hooks of users pass names to a shell',
    check: () => {
      refusesAll(sessionName, HOSTILE);
    },
  },
  {
    row: 71,
    what: 'no program is started through a shell',
    check: () => {
      expect(filesWith(/\bshell\s*:\s*(?:true|['"`/])|(?<![.\w])exec(?:Sync)?\(/)).toEqual([]);
      const starters = filesWith(/from '(?:node:child_process|execa)'|import\('(?:node:child_process|execa)'\)/);
      expect(starters.length).toBeGreaterThan(0);
      expect(starters.filter((name) => !name.startsWith('exec'))).toEqual([]);
    },
  },
  {
    row: 72,
    what: 'the empty name is no session',
    check: () => {
      refusesAll(sessionTarget, ['']);
      refusesAll(sessionName, ['']);
    },
  },
  {
    row: 73,
    what: 'a profile with characters of a shell is refused',
    check: () => {
      for (const profile of [`test"; rm -rf /tmp/*; echo "pwned`, 'prod', ''])
        expect(configSchema.safeParse({ profile }).success).toBe(false);
    },
  },
];

const ALL = [...SESSIONS, ...WINDOWS, ...TARGETS, ...MESSAGES, ...PATHS, ...OTHERS, ...COMMANDS];

behaviours('names of sessions of the original', SESSIONS);
behaviours('names of windows', WINDOWS);
behaviours('targets', TARGETS);
behaviours('messages', MESSAGES);
behaviours('paths', PATHS);
behaviours('numbers and kinds of input', OTHERS);
behaviours('commands', COMMANDS);

const AGENTS = 'roles of agents and types of teams come with the tools for agents';

describe('the rows of the original about input', () => {
  it('are all shown, or told apart', () => {
    expectAllRows(ALL, [11, 38], { 31: AGENTS, 32: AGENTS, 33: AGENTS });
    expectAllRows(ALL, [65, 73]);
  });
});
