import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { isSupportedShell } from '../../app/inspect-tmux.js';
import { findBinary } from '../../exec/find-binary.js';
import { fail, type Finding, pass, warn } from './finding.js';

const SHELLS = ['bash', 'zsh', 'fish', 'dash', 'sh'];

/** The shell that tmux starts in panes: $SHELL, else the one of the list of users (tmux(1), default-shell). */
function ownShell(env: NodeJS.ProcessEnv): string | undefined {
  const named = env.SHELL;
  if (named !== undefined && findBinary(named, env.PATH) !== undefined) return named;
  try {
    return userInfo().shell ?? undefined;
  } catch {
    return undefined;
  }
}

export function checkShells(env: NodeJS.ProcessEnv): Finding[] {
  const installed = SHELLS.filter((name) => findBinary(name, env.PATH) !== undefined);
  if (!installed.includes('sh'))
    return [fail('shells', 'sh is not on PATH; panes are started by it', 'Add the folder of sh to PATH; it is mostly /bin.')]; // prettier-ignore
  const own = ownShell(env);
  const found = `${installed.join(', ')}; yours is ${own === undefined ? 'unknown' : basename(own)}`;
  return own === undefined || isSupportedShell(basename(own))
    ? [pass('shells', found)]
    : [warn('shells', `${found}, in which run_command refuses to run`, `Start panes in one that it knows, for example: tmux-orc session create NAME -- ${installed[0] ?? 'sh'}`)]; // prettier-ignore
}
