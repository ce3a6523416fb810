import { dirname, join } from 'node:path';
import process from 'node:process';
import type { Equipment } from '../agents/launch.js';
import { configFolder, stateFolder } from '../config/folders.js';
import { realPath } from '../config/places.js';
import type { Config } from '../config/schema.js';
import { packageFolder } from '../kernel/version.js';
import type { OfferedServer } from '../providers/provider.js';
import { isInside } from '../security/text/directory.js';
import type { ServerAddress } from '../tmux/server-address.js';
import { serverStateFolder } from './state-folder.js';

/** What only one process may have, and what is told anew: where tmux is. */
const NOT_HANDED_ON = /^TMUX_ORC_(?:TOKEN|EVENTS|TMUX_SOCKET_NAME|TMUX_SOCKET_PATH)$/;
/** By these a server knows the pane that it is in; some CLIs keep them from what they start. */
const SIGNS = ['TMUX', 'TMUX_PANE', 'TMUX_ORC_TOKEN'];

/** Settings that hold by our own environment: whatever of ours an agent starts is to be bound by them too. */
function settingsIn(env: NodeJS.ProcessEnv): Record<string, string> {
  const ours = Object.entries(env).filter(([name]) => name.startsWith('TMUX_ORC_') && !NOT_HANDED_ON.test(name));
  return Object.fromEntries(ours.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** An agent may have another home than ours, where our state and config are not. */
const ownServer = (env: NodeJS.ProcessEnv, socketPath: string, settings: readonly string[]): OfferedServer => ({
  command: process.execPath,
  args: [join(packageFolder(), 'bin', 'tmux-orc.js'), 'serve'],
  env: {
    XDG_STATE_HOME: dirname(stateFolder(env)),
    XDG_CONFIG_HOME: dirname(configFolder(env)),
    TMUX_ORC_TMUX_SOCKET_PATH: socketPath,
  },
  inherits: [...SIGNS, ...settings],
});

/** What new agents are given, by the config and the tmux server of now. */
export function agentEquipment(env: NodeJS.ProcessEnv, { agents }: Config, address: ServerAddress): Equipment {
  const { binary, socketPath } = address;
  const settings = settingsIn(env);
  return {
    settings,
    modules: join(packageFolder(), 'bin', 'hooks'),
    folders: join(serverStateFolder(socketPath, env), 'agents'),
    tmux: { binary, socketPath },
    server: agents.offer_server ? ownServer(env, socketPath, Object.keys(settings)) : undefined,
    isTrusted: (folder) => agents.trusted_folders.some((root) => isInside(realPath(root), folder)),
  };
}
