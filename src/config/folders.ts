import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

const NAME = 'tmux-orchestrator';

/** XDG Base Directory Specification: relative paths in these variables are to be ignored. */
function base(env: NodeJS.ProcessEnv, variable: string, ...fallback: string[]): string {
  const value = env[variable];
  return value !== undefined && isAbsolute(value) ? value : join(env.HOME ?? homedir(), ...fallback);
}

/** Where everything that changes is kept: `$XDG_STATE_HOME/tmux-orchestrator`. */
export function stateFolder(env: NodeJS.ProcessEnv): string {
  return join(base(env, 'XDG_STATE_HOME', '.local', 'state'), NAME);
}

/** Where the git worktrees of agents are: the one part of the state that is not ours alone to write. */
export function worktreesFolder(env: NodeJS.ProcessEnv): string {
  return join(stateFolder(env), 'worktrees');
}

/** Where the user's own config is kept: `$XDG_CONFIG_HOME/tmux-orchestrator`. */
export function configFolder(env: NodeJS.ProcessEnv): string {
  return join(base(env, 'XDG_CONFIG_HOME', '.config'), NAME);
}

export const userConfigFile = (env: NodeJS.ProcessEnv): string => join(configFolder(env), 'config.yaml');

/** Which project files the operator trusts. */
export function trustFile(env: NodeJS.ProcessEnv): string {
  return join(stateFolder(env), 'trusted-configs.json');
}
