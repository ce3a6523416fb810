import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { valueAt } from '../../../src/config/dotted.js';
import { configLeaves, type Leaf } from '../../../src/config/leaves.js';
import { loadConfig } from '../../../src/config/load.js';
import { PROFILE_CHANGES } from '../../../src/config/profiles.js';
import { PROFILES } from '../../../src/config/schema.js';
import { createProject, refusal } from './project.js';
import { asText, asYaml, DEFAULTS, sample } from './samples.js';

const project = createProject();
beforeEach(project.clear);
afterAll(project.close);

const LEAVES = configLeaves();
// Two names for one thing, of which a layer has one; and the two halves of a certificate.
const GROUPS: readonly (readonly Leaf[])[] = [
  LEAVES.filter(({ path }) => path !== 'tmux.socket_path'),
  LEAVES.filter(({ path }) => path === 'tmux.socket_path'),
];
// Open to the network without keys is refused; the host has a test of its own.
const value = (leaf: Leaf): unknown => (leaf.path === 'http.host' ? 'localhost' : sample(leaf));

const yamlOf = (leaves: readonly Leaf[]): string => asYaml(new Map(leaves.map((leaf) => [leaf.path, value(leaf)])));
const textsOf = (leaves: readonly Leaf[], name: (leaf: Leaf) => string): Record<string, string> =>
  Object.fromEntries(leaves.map((leaf) => [name(leaf), asText(leaf, value(leaf))]));

const LAYERS: readonly [string, (leaves: readonly Leaf[]) => Parameters<typeof project.sources>[0], RegExp][] = [
  [
    'the user file',
    (leaves) => {
      project.write(project.userFile, yamlOf(leaves));
      return {};
    },
    /^user \/.*\/tmux-orchestrator\/config\.yaml$/,
  ],
  [
    'a trusted project file',
    (leaves) => {
      project.write(project.projectFile, yamlOf(leaves));
      project.trust();
      return {};
    },
    /^project \/.*\/project\/\.tmux_orchestrator\/config\.yaml$/,
  ],
  ['the environment', (leaves) => ({ env: textsOf(leaves, ({ env }) => env) }), /^environment TMUX_ORC_[A-Z0-9_]+$/],
  ['flags', (leaves) => ({ flags: textsOf(leaves, ({ path }) => path) }), /^flag$/],
];

describe('layers', () => {
  it.each(LAYERS)('every key can be set in %s', async (_name, set, origin) => {
    for (const leaves of GROUPS) {
      project.clear();
      const loaded = await loadConfig(project.sources(set(leaves)));
      for (const leaf of leaves) {
        expect([leaf.path, valueAt(loaded.config, leaf.path)]).toEqual([leaf.path, value(leaf)]);
        expect(loaded.origin.get(leaf.path)).toMatch(origin);
      }
    }
  });

  it('later ones win: default, profile, user, project, environment, flag', async () => {
    const key = 'security.timeouts.tool_seconds';
    const at = async (more: Parameters<typeof project.sources>[0] = {}): Promise<unknown[]> => {
      const loaded = await loadConfig(project.sources(more));
      return [valueAt(loaded.config, key), loaded.origin.get(key)];
    };
    const env = { TMUX_ORC_SECURITY_TIMEOUTS_TOOL_SECONDS: '25' };
    expect(await at()).toEqual([60, 'default']);
    expect(await at({ flags: { profile: 'production' } })).toEqual([30, 'profile production']);
    project.write(project.userFile, 'profile: production\nsecurity: {timeouts: {tool_seconds: 29}}\n');
    expect(await at()).toEqual([29, `user ${project.userFile}`]);
    project.write(project.projectFile, 'security: {timeouts: {tool_seconds: 28}}\n');
    expect(await at()).toEqual([28, `project ${project.projectFile}`]);
    expect(await at({ env })).toEqual([25, 'environment TMUX_ORC_SECURITY_TIMEOUTS_TOOL_SECONDS']);
    expect(await at({ env, flags: { [key]: '40' } })).toEqual([40, 'flag']);
  });

  it.each(PROFILES)('the profile %s changes defaults and nothing else', async (profile) => {
    project.write(project.userFile, `profile: ${profile}\nsecurity: {budget: {max_tool_calls_per_session: 123}}\n`);
    const { config, origin } = await loadConfig(project.sources());
    expect(config.security.budget.max_tool_calls_per_session).toBe(123);
    for (const { path } of LEAVES) {
      const changed = valueAt(PROFILE_CHANGES[profile], path);
      if (changed === undefined || path === 'security.budget.max_tool_calls_per_session') continue;
      expect([path, valueAt(config, path), origin.get(path)]).toEqual([path, changed, `profile ${profile}`]);
    }
  });

  it('of two names for one tmux server the later layer wins; one file may hold only one', async () => {
    project.write(project.userFile, 'tmux: {socket_name: mine}\n');
    const { config } = await loadConfig(project.sources({ flags: { 'tmux.socket_path': '/tmp/s' } }));
    expect(config.tmux).toMatchObject({ socket_name: null, socket_path: '/tmp/s' });
    project.write(project.userFile, 'tmux: {socket_name: mine, socket_path: /tmp/s}\n');
    const both = 'expected either tmux.socket_name or tmux.socket_path, not both.';
    expect((await refusal(loadConfig(project.sources()))).message).toContain(both);
    project.clear();
    const flags = { 'tmux.socket_name': 'a', 'tmux.socket_path': '/b' };
    expect((await refusal(loadConfig(project.sources({ flags })))).message).toContain(both);
  });

  it('no network without keys, no half of a certificate', async () => {
    for (const [flags, key] of [
      [{ 'http.auth': 'false', 'http.host': '0.0.0.0' }, 'http.auth'],
      [{ 'http.tls_key_file': '/k' }, 'http.tls_cert_file'],
    ] as const) {
      const error = await refusal(loadConfig(project.sources({ flags })));
      expect([error.code, error.details?.key, error.details?.file]).toEqual(['CONFIG_INVALID', key, 'flag']);
    }
    const flags = { 'http.auth': 'false', 'http.host': '127.0.0.1' };
    expect((await loadConfig(project.sources({ flags }))).config.http.auth).toBe(false);
  });

  it('a text that cannot be read is refused and not taken for the default', async () => {
    const env = { TMUX_ORC_SECURITY_PERMISSIONS: '{"a":', TMUX_ORC_HTTP_ENABLED: 'constructor' };
    for (const [name, text] of Object.entries(env)) {
      const error = await refusal(loadConfig(project.sources({ env: { [name]: text } })));
      expect([error.code, error.details?.file]).toEqual(['CONFIG_INVALID', `environment ${name}`]);
      expect(error.message).not.toContain(text);
    }
    const polluting = { TMUX_ORC_AGENTS_PROVIDERS: '{"a":{"__proto__":{"x":1}}}' };
    expect((await refusal(loadConfig(project.sources({ env: polluting })))).code).toBe('CONFIG_INVALID');
    const deep = { TMUX_ORC_AGENTS_PROVIDERS: `{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}` };
    expect((await refusal(loadConfig(project.sources({ env: deep })))).code).toBe('CONFIG_INVALID');
  });

  it('an unknown variable is a warning, an unknown flag an error; both with the nearest name', async () => {
    const { warnings } = await loadConfig(project.sources({ env: { TMUX_ORC_LOG_LEVLE: 'x' } }));
    expect(warnings).toEqual([
      'environment: TMUX_ORC_LOG_LEVLE is not a variable of tmux-orc. Did you mean "TMUX_ORC_LOG_LEVEL"?',
    ]);
    const error = await refusal(loadConfig(project.sources({ flags: { 'log.levle': 'x' } })));
    expect(error.message).toBe('flag: log.levle: not a known key. Did you mean "log.level"?');
  });

  it('no files, no variables, no flags: the defaults', async () => {
    const { config, warnings, files } = await loadConfig(project.sources());
    expect(config).toEqual(DEFAULTS);
    expect(warnings).toEqual([]);
    expect(files.map(({ kind, exists }) => [kind, exists])).toEqual([['user', false]]);
  });
});
