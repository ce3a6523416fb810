import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { areTighterPermissions } from '../../../src/config/permissions.js';
import { createProject, refusal } from './project.js';

const project = createProject();
beforeEach(project.clear);
afterAll(project.close);

describe('permissions that take from others', () => {
  it.each<[string, object, object, boolean]>([
    ['nothing', {}, {}, true],
    ['fewer effects', { worker: { operations: ['read'] } }, {}, true],
    ['a name that was not named', { worker: { operations: ['read', 'kill_pane'] } }, {}, false],
    ['more than before', { worker: { operations: ['read', 'write'] } }, { worker: { operations: ['read'] } }, false],
    ['what was dropped', {}, { worker: { operations: ['read'] } }, false],
    ['one role tighter, one looser', { host: { targets: 'own' }, pm: { targets: 'all' } }, {}, false],
    ['nearer targets', { host: { targets: 'team' } }, {}, true],
    ['farther targets', { worker: { targets: 'team' } }, {}, false],
    ['a bound of folders', { host: { paths: { execute: ['/a'] } } }, {}, true],
    ['more folders', { host: { paths: { execute: ['/a', '/b'] } } }, { host: { paths: { execute: ['/a'] } } }, false],
    ['no bound of folders any more', { host: {} }, { host: { paths: { execute: ['/a'] } } }, false],
    ['fewer agents', { pm: { spawn_fan_out: 2, spawn_depth: 0 } }, {}, true],
    ['more agents', { pm: { spawn_fan_out: 11 } }, {}, false],
    ['deeper agents', { worker: { spawn_depth: 1 } }, {}, false],
  ])('%s', (_what, value, below, wanted) => {
    expect(areTighterPermissions(value, below)).toBe(wanted);
  });

  it('are all that an untrusted project may set', async () => {
    project.write(project.projectFile, 'security: { permissions: { host: { operations: [read] } } }\n');
    expect((await loadConfig(project.sources())).config.security.permissions).toEqual({ host: { operations: ['read'] } }); // prettier-ignore
    project.write(project.projectFile, 'security: { permissions: { worker: { targets: all } } }\n');
    expect((await refusal(loadConfig(project.sources()))).details).toMatchObject({ key: 'security.permissions' });
  });
});

describe('environment and flags of a managed pane', () => {
  const bound = async (env: Record<string, string>, flags: Record<string, string> = {}) =>
    loadConfig({ ...project.sources({ env, flags }), bound: true });

  it('tighten, choose the server and the log, and loosen nothing', async () => {
    const { config, warnings } = await bound(
      { TMUX_ORC_PROFILE: 'development', TMUX_ORC_TMUX_SOCKET_NAME: 'x', TMUX_ORC_LOG_LEVEL: 'debug', TMUX_ORC_RATE_LIMIT_BURST: '2' },
      { 'security.trust.default': 'untrusted', 'security.risk.rules': '[{"risk":"low"}]', 'tmux.scope': 'owned' },
    ); // prettier-ignore
    expect(config).toMatchObject({
      ...{ profile: 'standard', tmux: { socket_name: 'x', scope: 'owned' }, log: { level: 'debug' } },
      security: { trust: { default: 'untrusted' }, risk: { rules: [] }, rate_limit: { burst_size: 2 } },
    });
    expect(warnings).toEqual([expect.stringMatching(/not followed: profile, security\.risk\.rules\.$/)]);
  });

  it('are measured by the files, which are the user’s', async () => {
    project.write(project.userFile, 'security: { rate_limit: { max_requests: 20 }, permissions: { worker: { operations: [read] } } }\n'); // prettier-ignore
    const { config } = await bound({
      TMUX_ORC_RATE_LIMIT_REQUESTS: '50',
      TMUX_ORC_SECURITY_PERMISSIONS: '{"worker":{"operations":["read","write"]}}',
    });
    expect(config.security.rate_limit.max_requests).toBe(20);
    expect(config.security.permissions).toEqual({ worker: { operations: ['read'] } });
  });
});
