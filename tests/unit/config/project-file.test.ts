import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { valueAt } from '../../../src/config/dotted.js';
import { configLeaves, type Leaf } from '../../../src/config/leaves.js';
import { loadConfig } from '../../../src/config/load.js';
import { merge } from '../../../src/config/merge.js';
import { PROFILES } from '../../../src/config/schema.js';
import { isTighter } from '../../../src/config/tighter.js';
import { TIGHTENING } from '../../../src/config/tightening.js';
import { createProject, refusal } from './project.js';
import { asYaml, DEFAULTS, samples } from './samples.js';

const project = createProject();
beforeEach(project.clear);
afterAll(project.close);

const LEAVES = configLeaves();
const only = (leaf: Leaf, value: unknown): string => asYaml(new Map([[leaf.path, value]]));

async function withProject(text: string, more: Parameters<typeof project.sources>[0] = {}) {
  project.write(project.projectFile, text);
  return loadConfig(project.sources(more));
}

/** What the words of the table mean, for numbers, booleans and lists. */
function expected(rule: unknown, value: any, below: any): boolean {
  const number = (given: number | null): number => given ?? Number.POSITIVE_INFINITY;
  if (rule === 'lower') return number(value) < number(below);
  if (rule === 'higher') return number(value) > number(below);
  if (rule === 'true') return value === true;
  if (rule === 'false') return value === false;
  if (rule === 'fewer') return value.every((entry: unknown) => below.includes(entry));
  if (rule === 'rate') return value.max_requests < below.max_requests && value.window_seconds >= below.window_seconds;
  if (rule === 'rates') return Object.values(value).every((rate: any) => rate.max_requests <= 10);
  if (rule === 'permissions') return Object.hasOwn(value, 'host');
  const order = (rule as { order?: unknown[] } | undefined)?.order;
  return order !== undefined && order.indexOf(value) > order.indexOf(below);
}

describe('a project file that is not trusted', () => {
  it('has a rule only for keys that exist', () => {
    const paths = LEAVES.map(({ path }) => path);
    expect(Object.keys(TIGHTENING).filter((path) => !paths.includes(path))).toEqual([]);
  });

  it.each(LEAVES.map((leaf) => [leaf.path, leaf] as const))('can only tighten %s', async (path, leaf) => {
    const below = valueAt(DEFAULTS, path);
    for (const value of samples(leaf)) {
      // Half a certificate is refused for that alone.
      const loaded = withProject(only(leaf, value));
      if (expected(TIGHTENING[path], value, below)) {
        const { config, origin } = await loaded;
        expect([valueAt(config, path), origin.get(path)]).toEqual([value, `project ${project.projectFile}`]);
        continue;
      }
      const error = await refusal(loaded);
      expect([error.code, error.details?.file, error.details?.key]).toEqual([
        'CONFIG_INVALID',
        '.tmux_orchestrator/config.yaml',
        path,
      ]);
      expect(error.hint).toContain('tmux-orc config trust');
    }
  });

  it.each([
    ['commands', 'security: {alerts: {command: [sh, -c, x]}}'],
    ['providers', 'agents: {providers: {mine: {command: x}}}'],
    ['the default provider', 'agents: {default_provider: mine}'],
    ['sockets', 'tmux: {socket_name: x}'],
    ['socket paths', 'tmux: {socket_path: /tmp/x}'],
    ['hosts', 'http: {host: 0.0.0.0}'],
    ['host names', 'http: {allowed_hosts: [evil.example]}'],
    ['addresses to post to', 'security: {alerts: {webhook_url: "https://evil.example/"}}'],
    ['keys', 'security: {audit: {key_file: /tmp/k}}'],
    ['TLS keys', 'http: {tls_key_file: k, tls_cert_file: c}'],
    ['looser limits', 'security: {rate_limit: {max_requests: 101}}'],
    ['variables of panes', 'agents: {env_passthrough: [TOKEN]}'],
    ['a looser profile', 'profile: development'],
    ['exemptions', 'security: {rate_limit: {per_tool: {send_keys: exempt}}}'],
    ['permissions', 'security: {permissions: {guest: {targets: all}}}'],
  ])('names no %s', async (_what, text) => {
    expect((await refusal(withProject(text))).code).toBe('CONFIG_INVALID');
  });

  it('is compared with the layers below it, not with the defaults alone', async () => {
    project.write(project.userFile, 'security: {rate_limit: {max_requests: 50}, timeouts: {tool_seconds: 120}}\n');
    const key = 'security.rate_limit.max_requests';
    expect((await refusal(withProject('security: {rate_limit: {max_requests: 60}}'))).details?.key).toBe(key);
    const { config } = await withProject('security: {rate_limit: {max_requests: 40}, timeouts: {tool_seconds: 90}}');
    expect([valueAt(config, key), config.security.timeouts.tool_seconds]).toEqual([40, 90]);
    expect((await withProject('security: {rate_limit: {max_requests: 50}}')).origin.get(key)).toMatch(/^user /);
  });

  it('keeps limits of single tools: none is dropped, none is above the general one', async () => {
    project.write(
      project.userFile,
      'security: {rate_limit: {per_tool: {send_keys: {max_requests: 5, window_seconds: 60}, list_sessions: exempt}}}\n',
    );
    const set = (rates: string) => withProject(`security: {rate_limit: {per_tool: ${rates}}}`);
    const tight = 'send_keys: {max_requests: 4, window_seconds: 60}';
    expect((await set(`{${tight}}`)).config.security.rate_limit.per_tool).toHaveProperty('send_keys');
    await set(`{${tight}, list_sessions: exempt}`);
    await set(`{${tight}, kill_pane: {max_requests: 2, window_seconds: 90}}`);
    for (const loose of [
      '{list_sessions: exempt, kill_pane: {max_requests: 1, window_seconds: 60}}',
      '{send_keys: {max_requests: 4, window_seconds: 59}}',
      `{${tight}, kill_pane: exempt}`,
      `{${tight}, kill_pane: {max_requests: 500, window_seconds: 60}}`,
    ])
      expect((await refusal(set(loose))).details?.key).toBe('security.rate_limit.per_tool');
  });

  it('with all defaults loads in silence and does not undo a profile', async () => {
    const text = readFileSync(
      fileURLToPath(new URL('../../../.tmux_orchestrator/config.yaml', import.meta.url)),
      'utf8',
    );
    for (const profile of PROFILES) {
      const bare = await loadConfig(project.sources({ flags: { profile } }));
      const loaded = await withProject(text, { flags: { profile } });
      expect(loaded.config).toEqual(bare.config);
      expect(loaded.warnings).toEqual([]);
      project.clear();
    }
  });

  it('chooses only stricter profiles, and every profile is at least as strict as the one before it', async () => {
    expect((await withProject('profile: production')).config.profile).toBe('production');
    expect((await withProject('profile: staging', { flags: { profile: 'high-security' } })).config.profile).toBe(
      'high-security',
    );
    project.write(project.userFile, 'profile: production\n');
    expect((await refusal(withProject('profile: staging'))).details?.key).toBe('profile');
    const configs = PROFILES.map((profile) => merge(LEAVES, profile, []).config);
    for (const [index, config] of configs.slice(1).entries()) {
      const before = configs[index]!;
      const looser = LEAVES.filter(({ path }) => {
        // Shorter sessions come with fewer calls: judged as a rate. The log is no question of strictness.
        if (path === 'security.budget.session_ttl_seconds' || path === 'log.level' || path === 'profile') return false;
        const [now, then] = [valueAt(config, path), valueAt(before, path)];
        return !isTighter(TIGHTENING[path], now, then, before.security.rate_limit);
      });
      expect(looser.map(({ path }) => path)).toEqual([]);
    }
  });

  it('once trusted sets everything, until it changes', async () => {
    const text = 'tmux: {socket_name: theirs}\nsecurity: {rate_limit: {max_requests: 1000}}\n';
    project.write(project.projectFile, text);
    project.trust();
    const { config, files } = await loadConfig(project.sources());
    expect([config.tmux.socket_name, config.security.rate_limit.max_requests]).toEqual(['theirs', 1000]);
    expect(files.at(-1)).toMatchObject({ kind: 'project', trusted: true });
    const error = await refusal(withProject(`${text}# harmless\n`));
    expect(error.details?.key).toBe('tmux.socket_name');
    expect((await withProject('mcp: {read_only: true}')).warnings).toEqual([
      '.tmux_orchestrator/config.yaml has changed since it was trusted: it can only tighten again.',
    ]);
    expect((await withProject(text)).config.tmux.socket_name).toBe('theirs');
  });

  it('is the nearest one upward', async () => {
    project.write(project.projectFile, 'mcp: {read_only: true}');
    project.write(`${project.cwd}/a/b/.keep`, '');
    const at = async (cwd: string): Promise<unknown> =>
      (await loadConfig(project.sources({ cwd }))).config.mcp.read_only;
    expect(await at(`${project.cwd}/a/b`)).toBe(true);
    project.write(`${project.cwd}/a/.tmux_orchestrator/config.yaml`, 'mcp: {read_only: "yes"}');
    expect((await refusal(at(`${project.cwd}/a/b`))).message).toBe(
      '../.tmux_orchestrator/config.yaml: mcp.read_only: expected true or false.',
    );
  });
});
