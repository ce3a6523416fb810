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

/** By these a server knows the pane that it is in, and its tmux server; some CLIs keep them from what they start. */
const SIGNS = ['TMUX', 'TMUX_PANE', 'TMUX_ORC_TOKEN'];

/**
 * It is bound by the files of the user, as whatever an agent starts is: an agent may have another home than ours, where
 * these and our state are not.
 */
const ownServer = (env: NodeJS.ProcessEnv): OfferedServer => ({
  command: process.execPath,
  args: [join(packageFolder(), 'bin', 'tmux-orc.js'), 'serve'],
  env: { XDG_STATE_HOME: dirname(stateFolder(env)), XDG_CONFIG_HOME: dirname(configFolder(env)) },
  inherits: SIGNS,
});

/** What new agents are given, by the config and the tmux server of now. */
export function agentEquipment(env: NodeJS.ProcessEnv, { agents }: Config, address: ServerAddress): Equipment {
  const { binary, socketPath } = address;
  return {
    modules: join(packageFolder(), 'bin', 'hooks'),
    folders: join(serverStateFolder(socketPath, env), 'agents'),
    tmux: { binary, socketPath },
    server: agents.offer_server ? ownServer(env) : undefined,
    isTrusted: (folder) => agents.trusted_folders.some((root) => isInside(realPath(root), folder)),
  };
}
