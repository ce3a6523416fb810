import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSecurityTools, type SecurityTools } from '../../src/app/security-tools.js';
import { serverName } from '../../src/app/state-folder.js';
import { parsePaneId } from '../../src/kernel/ids.js';
import { createJobFiles } from '../../src/tmux/jobs/job-files.js';
import { createManagedPanes, type ManagedPanes } from '../support/managed-panes.js';
import { cliJson, type Host, legacyHost } from '../support/program.js';
import { createWorld, type World } from '../support/world.js';

const DOCUMENT = new URL('../../docs/guides/permissions.md', import.meta.url);
const COLUMNS = ['own pane', 'own', 'sibling', 'other team', 'foreign'] as const;
type Column = (typeof COLUMNS)[number];
const ROLES = ['guest', 'worker', 'pm', 'host', 'operator'] as const;
type Role = (typeof ROLES)[number];

/** What is allowed by role, operation and column, as the guide says. */
function documented(): Map<string, string> {
  const found = new Map<string, string>();
  for (const line of readFileSync(DOCUMENT, 'utf8').split('\n')) {
    const [role = '', operations = '', ...cells] = line.split('|').slice(1, -1).map((cell) => cell.trim()); // prettier-ignore
    if (!ROLES.includes(role as Role) || cells.length !== COLUMNS.length) continue;
    for (const [, operation = ''] of operations.matchAll(/`([a-z_]+)`/g))
      for (const [index, column] of COLUMNS.entries()) found.set(`${role} ${operation} ${column}`, cells[index]!);
  }
  return found;
}

interface Target {
  readonly session: string;
  readonly window: string;
  readonly pane: string;
  readonly job: string;
}

/** How each operation is called on a target. */
const CALLS: Readonly<Record<string, { path: [string, string]; args: (target: Target) => Record<string, unknown> }>> = {
  list_sessions: { path: ['session', 'list'], args: ({ session }) => ({ session }) },
  capture_pane: { path: ['pane', 'capture'], args: ({ pane }) => ({ target: pane }) },
  wait_for_output: {
    path: ['pane', 'wait'],
    args: ({ pane }) => ({ target: pane, idle_seconds: 0.1, timeout_seconds: 0.2 }),
  },
  search_panes: { path: ['pane', 'search'], args: ({ session }) => ({ query: 'x', session }) },
  get_job: { path: ['pane', 'job'], args: ({ job }) => ({ job_id: job, timeout_seconds: 0 }) },
  cancel_job: { path: ['pane', 'cancel'], args: ({ job }) => ({ job_id: job }) },
  send_keys: { path: ['pane', 'keys'], args: ({ pane }) => ({ target: pane, text: 'x' }) },
  run_command: { path: ['pane', 'run'], args: ({ pane }) => ({ target: pane, command: 'true', timeout_seconds: 0.3 }) },
  split_pane: { path: ['pane', 'split'], args: ({ pane }) => ({ target: pane, command: ['cat'] }) },
  create_window: { path: ['window', 'create'], args: ({ session }) => ({ session, command: ['cat'] }) },
  rename_window: { path: ['window', 'rename'], args: ({ window }) => ({ window, new_name: 'w' }) },
  rename_session: {
    path: ['session', 'rename'],
    args: ({ session }) => ({ session, new_name: `r${session.slice(1)}` }),
  },
  kill_pane: { path: ['pane', 'kill'], args: ({ pane }) => ({ target: pane }) },
  kill_window: { path: ['window', 'kill'], args: ({ window }) => ({ window }) },
  kill_session: { path: ['session', 'kill'], args: ({ session }) => ({ session }) },
};

let world: World;
let agents: ManagedPanes;
let tools: SecurityTools;
let count = 0;

async function byHand(): Promise<Target> {
  const name = `t${String(count++)}`;
  const made = await world.tmux('new-session', '-d', '-P', '-F', '#{session_id} #{window_id} #{pane_id}', '-s', name, 'cat'); // prettier-ignore
  const [session = '', window = '', pane = ''] = made.split(' ');
  return { session, window, pane, job: await jobIn(pane) };
}

/** A job that any process of ours may be asked about. */
async function jobIn(pane: string): Promise<string> {
  const [pid, panePid] = (await world.tmux('display-message', '-p', '-t', pane, '#{pid} #{pane_pid}')).split(' ').map(Number); // prettier-ignore
  const folder = join(world.env.XDG_STATE_HOME!, 'tmux-orchestrator', serverName(world.socketPath), 'jobs');
  const meta = { serverPid: pid!, panePid: panePid!, shellPid: 1, shellName: 'bash', kind: 'bash', row: 0, startedAt: Date.now() } as const; // prettier-ignore
  return (await createJobFiles(folder).create('true', { ...meta, pane: parsePaneId(pane)! })).id;
}

/** A caller of a role, and where it runs. */
interface Actor {
  readonly id: string;
  readonly home: Target;
  readonly call: (operation: string, args: Record<string, unknown>) => Promise<{ code: string; data: any }>;
  readonly env: Record<string, string>;
  readonly close: () => Promise<void>;
}

function argvOf(path: readonly string[], args: Record<string, unknown>, positional: readonly string[]): string[] {
  const { command, ...rest } = args;
  const flags = Object.entries(rest).flatMap(([key, value]) =>
    positional.includes(key) ? [] : [`--${key.replaceAll('_', '-')}`, String(value)],
  );
  const words = positional.map((key) => String(args[key]));
  return [...path, ...words, ...flags, ...(Array.isArray(command) ? ['--', ...(command as string[])] : [])];
}

const POSITIONAL = ['target', 'session', 'window', 'query', 'job_id', 'new_name', 'command'];

async function actor(role: Role): Promise<Actor> {
  const home = await byHand();
  const inside = async (): Promise<Record<string, string>> => ({
    TMUX: `${world.socketPath},${await world.tmux('display-message', '-p', '#{pid}')},0`,
    TMUX_PANE: home.pane,
  });
  const isAgent = role === 'guest' || role === 'worker' || role === 'pm';
  const more = { name: role, role: role === 'pm' ? 'pm' : 'qa', team: 'red' };
  const managed = isAgent ? (await agents.manage(home.pane, more)).env : await inside();
  // What only the environment says is not shown.
  const { TMUX_ORC_TOKEN: _token, ...unproven } = managed;
  const env = { ...world.env, ...(role === 'guest' ? unproven : managed) } as Record<string, string>;
  const common = { home, env };
  if (role === 'operator') {
    return {
      ...common,
      id: 'operator',
      call: async (name, args) => {
        const { path } = CALLS[name] ?? { path: ['session', 'create'] };
        const given = name === 'create_session' ? ['name'] : POSITIONAL.filter((key) => key in args && key !== (name === 'search_panes' ? 'session' : '') && !Array.isArray(args[key]) && !(name === 'list_sessions')); // prettier-ignore
        const result: any = await cliJson({ ...world, env }, argvOf(path, args, given));
        return { code: result.ok ? 'ok' : result.error.code, data: result.data };
      },
      close: () => Promise.resolve(),
    };
  }
  const host: Host = await legacyHost({ ...world, env });
  return {
    ...common,
    id: role === 'host' ? 'host:tests' : `agent:${role}`,
    call: async (name, args) => {
      const result = await host.call(name, args);
      return {
        code: result.isError === true ? result.structuredContent.error.code : 'ok',
        data: result.structuredContent,
      };
    },
    close: host.close,
  };
}

async function targetOf(who: Actor, column: Column): Promise<Target> {
  if (column === 'own pane') return who.home;
  if (column === 'own') {
    const { code, data } = await who.call('create_session', { name: `o${String(count++)}`, command: ['cat'] });
    // A guest makes nothing, so nothing is its own but by its name.
    if (code !== 'ok') return byHand();
    return { session: data.session.id, window: data.window.id, pane: data.pane.id, job: await jobIn(data.pane.id) };
  }
  const target = await byHand();
  if (column === 'foreign') return target;
  await agents.manage(target.pane, { name: `a${String(count++)}`, team: column === 'sibling' ? 'red' : 'blue' });
  return target;
}

beforeAll(async () => {
  world = createWorld();
  // In the file of the user: what the environment loosens does not count in a managed pane.
  const folder = join(world.env.XDG_CONFIG_HOME!, 'tmux-orchestrator');
  mkdirSync(folder, { recursive: true });
  const off = ['rate_limit', 'budget', 'loop_detection'].map((name) => `  ${name}: { enabled: false }\n`).join('');
  writeFileSync(join(folder, 'config.yaml'), `security:\n${off}  risk: { rules: [{ risk: low }] }\n`);
  await world.tmux('new-session', '-d', '-s', 'stays', 'cat');
  agents = createManagedPanes(world);
  tools = await openSecurityTools({ env: world.env, flags: {}, cwd: world.folder }, () => undefined);
});
afterAll(async () => {
  await tools.close();
  await agents.close();
  await world.close();
});

const DESTROYS = ['kill_pane', 'kill_window', 'kill_session'];

describe('roles, operations and targets', () => {
  const table = documented();

  it('are all in the table of the guide', () => {
    expect(table.size).toBe(ROLES.length * Object.keys(CALLS).length * COLUMNS.length);
  });

  it.each(ROLES)('%s', { timeout: 240_000 }, async (role) => {
    const who = await actor(role);
    const [found, wanted, explained] = [
      new Map<string, string>(),
      new Map<string, string>(),
      new Map<string, string>(),
    ];
    for (const column of COLUMNS) {
      let target = await targetOf(who, column);
      for (const [name, { args }] of Object.entries(CALLS)) {
        const key = `${role} ${name} ${column}`;
        wanted.set(key, table.get(key)!);
        // A host's own pane is told by its environment, which explain does not have. What it tells of a guest is what it would be if its signs were shown.
        if (role !== 'guest' && name !== 'search_panes' && !(role === 'host' && column === 'own pane')) {
          const { decision } = await tools.explain({ caller: who.id, operation: name, target: target.pane });
          explained.set(key, decision === 'deny' ? 'no' : 'yes');
        }
        const { code, data } = await who.call(name, args(target));
        const searchedNone = name === 'search_panes' && data.searched_panes === 0;
        found.set(key, code === 'DENIED' || searchedNone ? 'no' : code === 'ok' ? 'yes' : code);
        if (code === 'ok' && DESTROYS.includes(name)) target = await targetOf(who, column === 'own pane' ? 'foreign' : column); // prettier-ignore
      }
    }
    await who.close();
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted));
    const compared = [...explained].map(([key]) => [key, wanted.get(key)]);
    expect(Object.fromEntries(explained)).toEqual(Object.fromEntries(compared));
  });
});

describe('tools/list', () => {
  it('shows a caller what its role may call', async () => {
    const names = async (role: Role): Promise<string[]> => {
      const home = await byHand();
      const { env } = await agents.manage(home.pane, { name: `l${String(count++)}`, role });
      const { TMUX_ORC_TOKEN: _token, ...unproven } = env;
      const host = await legacyHost({ ...world, env: { ...world.env, ...(role === 'guest' ? unproven : env) } }); // prettier-ignore
      const tools = await host.listTools();
      await host.close();
      return tools.map(({ name }) => name);
    };
    expect(await names('guest')).toEqual(['list_sessions', 'get_system_status', 'get_security_status']);
    expect(await names('worker')).toContain('kill_session');
  });
});
