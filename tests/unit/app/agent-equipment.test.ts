import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Equipment } from '../../../src/agents/launch.js';
import { agentEquipment } from '../../../src/app/agent-equipment.js';
import { configSchema } from '../../../src/config/schema.js';
import type { ServerAddress } from '../../../src/tmux/server-address.js';

const SECRETS = { TMUX_ORC_TOKEN: 'the-secret', ANTHROPIC_API_KEY: 'the-secret', TMUX: '/tmp/x,1,0', TMUX_PANE: '%3' };
let root: string;
beforeAll(() => {
  root = realpathSync(mkdtempSync(join(process.env.TMUX_TMPDIR!, 'equip-')));
});
afterAll(() => {
  rmSync(root, { recursive: true });
});
const equip = (agents: object = {}, env: NodeJS.ProcessEnv = { HOME: root }): Equipment => {
  const address = { binary: '/usr/bin/tmux', socketPath: join(root, 'socket') } as ServerAddress;
  return agentEquipment(env, configSchema.parse({ agents }), address);
};

describe('what new agents are given', () => {
  it('is what is there, and folders for this tmux server alone', () => {
    const { modules, folders, tmux } = equip();
    for (const name of ['event.sh', 'pi.mjs']) expect(existsSync(join(modules, name))).toBe(true);
    expect(folders.startsWith(join(root, '.local/state/tmux-orchestrator/'))).toBe(true);
    expect(tmux).toEqual({ binary: '/usr/bin/tmux', socketPath: join(root, 'socket') });
  });

  it('is our server, bound by the files of the user, without a value of its environment', () => {
    const { server } = equip({}, { HOME: root, XDG_CONFIG_HOME: '/c', ...SECRETS });
    expect(server).toEqual({
      command: process.execPath,
      args: [expect.stringMatching(/\/bin\/tmux-orc\.js$/), 'serve'],
      env: { XDG_STATE_HOME: join(root, '.local/state'), XDG_CONFIG_HOME: '/c' },
      inherits: ['TMUX', 'TMUX_PANE', 'TMUX_ORC_TOKEN'],
    });
    expect(existsSync(server!.args[0]!)).toBe(true);
    expect(JSON.stringify(server)).not.toContain('the-secret');
    expect(equip({ offer_server: false }).server).toBeUndefined();
  });

  it('is trust in what the config names, and what is below it', () => {
    const real = join(root, 'real');
    mkdirSync(real);
    symlinkSync(real, join(root, 'link'));
    const { isTrusted } = equip({ trusted_folders: [join(root, 'link'), '/srv/code'] });
    const within = [real, join(real, 'a/b'), '/srv/code', '/srv/code/a'];
    const beside = [root, `${real}ly`, '/srv', '/srv/coded', '/srv/code/../x', '/'];
    expect([...within, ...beside].filter(isTrusted)).toEqual(within);
    expect(equip().isTrusted('/srv/code')).toBe(false);
  });
});
