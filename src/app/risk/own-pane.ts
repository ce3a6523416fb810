import { statSync } from 'node:fs';
import { type PaneId, parsePaneId } from '../../kernel/ids.js';

/** The pane that this process runs in. */
export interface OwnPane {
  readonly id: PaneId;
  /** Pid of its tmux server. */
  readonly serverPid: number;
}

function isSameFile(path: string, other: string): boolean {
  try {
    const [one, two] = [statSync(path), statSync(other)];
    return one.dev === two.dev && one.ino === two.ino;
  } catch {
    return false;
  }
}

/**
 * Told by the environment that tmux gives its panes, and checked against the socket of the server that is asked about;
 * nothing that a caller sends has a part in it.
 */
export function ownPane(env: NodeJS.ProcessEnv, socketPath: string): OwnPane | undefined {
  const [, path, pid] = /^(.+),([0-9]+),[0-9]+$/.exec(env.TMUX ?? '') ?? [];
  const id = parsePaneId(env.TMUX_PANE ?? '');
  if (path === undefined || id === undefined || !isSameFile(path, socketPath)) return undefined;
  return { id, serverPid: Number(pid) };
}
