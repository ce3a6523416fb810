import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { checkFile } from '../../../src/config/check-file.js';
import { loadConfig } from '../../../src/config/load.js';
import { createProject, refusal } from './project.js';

const project = createProject();
beforeEach(project.clear);
afterAll(project.close);

const COMPOSER = "composer: {kind: prompt, first: '^> '}";
const load = (own: string) => {
  project.write(project.userFile, `agents: {providers: {${own}}}`);
  return loadConfig(project.sources());
};
const pack = (text: string): string => `x: {command: x, pack: {${COMPOSER}, ${text}}}`;
const marker = (text: string): string => pack(`markers: [{rule: a, region: status, match: b, says: idle, ${text}}]`);
const range = (from: string, to: string): string => `{${COMPOSER}, versions: {from: '${from}', to: '${to}'}}`;

describe('own providers', () => {
  it('get what is not said', async () => {
    const { config, origin } = await load(pack("markers: [{rule: a, region: title, match: '^b', says: working}]"));
    expect(config.agents.providers.x).toEqual({
      ...{ command: 'x', args: [], mode_args: {}, env_names: [] },
      pack: {
        ...{ composer: { kind: 'prompt', first: '^> ' }, composer_tail: 0, status_lines: 3, dialog_lines: 25 },
        ...{ prompt: '^', placeholder: '^$', has_true_title: false, options: expect.objectContaining({ kind: 'lines' }) },
        markers: [{ rule: 'a', region: 'title', match: '^b', says: 'working', is_last: false }],
      },
    });
    expect(origin.get('agents.providers')).toBe(`user ${project.userFile}`);
  }); // prettier-ignore

  it.each([
    ['a list for a program', 'x: {command: [x]}', 'x.command: expected text.'],
    ['a relative program', 'x: {command: bin/x}', 'x.command: expected a program on PATH or its full path.'],
    ['a flag for a program', 'x: {command: -x}', 'x.command: expected a program on PATH or its full path.'],
    ['no program', 'x: {args: [y]}', 'x.command: expected a program, or "like" beside it.'],
    ['a key of another name', 'x: {command: x, modes: {}}', 'x: expected only known keys (not modes).'],
    ['a mode of another name', 'x: {command: x, mode_args: {yolo: []}}', 'x.mode_args: expected only known keys (not yolo).'],
    ['an id in capitals', 'X: {command: x}', 'X: expected an id of up to 32 small letters, digits and "-".'],
    ['a word that means a choice', 'auto: {command: x}', 'auto: expected another id; this one has a meaning of its own.'],
    ['what stands for nothing', 'unknown: {command: x}', 'unknown: expected another id; this one has a meaning of its own.'],
    ['like nothing', 'x: {like: cloude}', 'x.like: expected one of claude, codex, gemini, opencode, qwen, pi, shell.'],
    ['like, for a built-in id', 'claude: {like: codex}', 'claude.like: expected none for a provider that comes with the program.'],
    ['a model without its place', 'x: {command: x, model_args: [-m]}', 'x.model_args: expected words of which one holds {model}.'],
    ['a message without its place', 'x: {command: x, message_args: []}', 'x.message_args: expected words of which one holds {message}.'],
    ['what is no variable', 'x: {command: x, env_names: [A=B]}', 'x.env_names.0: expected names of variables.'],
    ['a control character', 'x: {command: x, args: ["\\x1b"]}', 'x.args.0: expected text without control characters.'],
    ['modes of a shell', 'shell: {mode_args: {ask: []}}', 'shell.mode_args: expected none for a shell, whose processes tell its state.'],
    ['a pack of a shell', `x: {like: shell, pack: {${COMPOSER}}}`, 'x.pack: expected none for a shell, whose processes tell its state.'],
    ['both forms of packs', `x: {command: x, pack: {${COMPOSER}}, packs: [{${COMPOSER}}]}`, 'x.packs: expected either "pack" or "packs".'],
    ['several without versions', `x: {command: x, packs: [${range('1', '2')}, {${COMPOSER}}]}`, 'x.packs.1.versions: expected versions for each of several packs.'],
    ['versions backwards', `x: {command: x, pack: ${range('1.10', '1.9')}}`, 'x.pack.versions.to: expected a later version than "from".'],
    ['a word for a version', `x: {command: x, pack: ${range('new', '2')}}`, 'x.pack.versions.from: expected a version such as "1.20.0".'],
    ['a composer of no kind', 'x: {command: x, pack: {composer: {kind: box}}}', 'x.pack.composer.kind: expected one of between, prompt, block.'],
    ['a composer without its line', 'x: {command: x, pack: {composer: {kind: between}}}', 'x.pack.composer.line: expected text.'],
    ['no composer', 'x: {command: x, pack: {}}', /^x\.pack\.composer\S*: expected/],
    ['another region', pack('markers: [{rule: a, region: top, match: b, says: idle}]'), 'x.pack.markers.0.region: expected one of title, status, composer, footer, dialog.'],
    ['what only a process tells', pack('markers: [{rule: a, region: title, match: b, says: exited}]'), /^x\.pack\.markers\.0\.says: expected one of starting, idle, /],
    ['a number for last', marker('is_last: 1'), 'x.pack.markers.0.is_last: expected true or false.'],
    ['an empty pattern', pack("hint: ''"), 'x.pack.hint: expected at least 1 characters.'],
  ])('are refused with %s', async (_what, text, expected) => {
    const { code, message } = await refusal(load(text));
    const told = message.slice(message.indexOf('agents.providers.') + 'agents.providers.'.length);
    expect([code, told]).toEqual(['CONFIG_INVALID', typeof expected === 'string' ? expected : expect.stringMatching(expected)]);
  }); // prettier-ignore

  const SYNTAX = 'expected a regular expression of at most 1000 characters, in RE2 syntax: no look-around, no back-references'; // prettier-ignore
  it.each([
    ['an open group', pack("hint: '(SECRET'"), 'pack.hint', SYNTAX],
    ['look-around', pack("prompt: 'SECRET(?=b)'"), 'pack.prompt', SYNTAX],
    ['a back-reference', pack(`placeholder: '(SECRET)\\1'`), 'pack.placeholder', SYNTAX],
    ['too much', pack(`markers: [{rule: a, region: title, match: '${'x'.repeat(1001)}', says: idle}]`), 'pack.markers.0.match', SYNTAX],
    ['repeats of repeats', pack("hint: '(?:SECRET{1000}){1000}'"), 'pack.hint', SYNTAX],
    ['no label', pack("options: {kind: lines, option: '^SECRET'}"), 'pack.options.option', 'expected a group "label" in it'],
    ['no options', pack("options: {kind: row, option: '^(?<label>SECRET)'}"), 'pack.options.option', 'expected a group "options" in it'],
    ['a bad composer', "x: {command: x, packs: [{composer: {kind: block, line: a, close: '['}}]}", 'packs.0.composer.close', SYNTAX],
    ['a bad first line', "x: {command: x, pack: {composer: {kind: prompt, first: '*'}}}", 'pack.composer.first', SYNTAX],
    ['a bad rule', "x: {command: x, pack: {composer: {kind: between, line: '+'}}}", 'pack.composer.line', SYNTAX],
  ])('are refused with a pattern that has %s', async (_what, text, key, expected) => {
    const error = await refusal(load(text));
    expect([error.code, error.details?.key, error.message.endsWith(`${expected}.`)]).toEqual(['CONFIG_INVALID', `agents.providers.x.${key}`, true]);
    expect(error.message).not.toContain('SECRET');
    expect(await checkFile(project.userFile, 'f')).toEqual([{ where: 'f', key: `agents.providers.x.${key}`, text: expected }]);
  }); // prettier-ignore

  it('come from a project file only when it is trusted', async () => {
    project.write(project.projectFile, 'agents: {providers: {mine: {command: x}}}');
    const error = await refusal(loadConfig(project.sources()));
    expect([error.code, error.details?.key]).toEqual(['CONFIG_INVALID', 'agents.providers']);
    project.trust();
    expect(Object.keys((await loadConfig(project.sources())).config.agents.providers)).toEqual(['mine']);
  });

  it('are not taken from the environment of a managed pane', async () => {
    const env = { TMUX_ORC_AGENTS_PROVIDERS: '{"mine":{"command":"x"}}' };
    const loaded = await loadConfig({ ...project.sources({ env }), bound: true });
    expect([loaded.config.agents.providers, loaded.warnings.join()]).toEqual([{}, expect.stringContaining('agents.providers')]);
    expect(Object.keys((await loadConfig(project.sources({ env }))).config.agents.providers)).toEqual(['mine']);
  }); // prettier-ignore
});
