import type { ConfigSources } from '../../config/load.js';
import { checkAgents } from './agents.js';
import { checkConfig } from './config.js';
import { fail, type Finding } from './finding.js';
import { checkLocale } from './locale.js';
import { checkServer } from './server.js';
import { checkShells } from './shells.js';
import { checkInside, checkSocket } from './socket.js';
import { checkSetAside } from './set-aside.js';
import { checkHome, checkState } from './state.js';
import { lookAround, type Surroundings } from './surroundings.js';
import { checkNode, checkTmux } from './versions.js';

type Check = () => Finding | Finding[] | Promise<Finding | Finding[]>;

/** A check that breaks is a finding, not the end of all others. */
async function safely(check: string, look: Check): Promise<Finding[]> {
  try {
    return [await look()].flat();
  } catch {
    return [fail(check, 'this check itself failed', 'Please report this as a bug, with your system and versions.')];
  }
}

/** What needs a tmux program that answers. A server is not asked at a place where it cannot be. */
async function examineTmux(surroundings: Surroundings): Promise<Finding[]> {
  const { tmux, env } = surroundings;
  const program = await safely('tmux', () => checkTmux(tmux));
  if (tmux === undefined || program.some(({ verdict }) => verdict === 'fail')) return program;
  const socket = await safely('socket', () => checkSocket(tmux, env));
  const blocked = socket.some(({ verdict }) => verdict === 'fail');
  const [inside, server] = await Promise.all([
    safely('inside tmux', () => checkInside(surroundings, tmux)),
    blocked ? [] : safely('tmux server', () => checkServer(tmux)),
  ]);
  return [...program, ...inside, ...socket, ...server];
}

/**
 * Every check, side by side. Nothing is changed, and no tmux server is started.
 * @param agents also the agent CLIs, each of which is run for its version
 */
export async function examine(sources: ConfigSources, agents: boolean): Promise<Finding[]> {
  const surroundings = await lookAround(sources);
  const { env } = sources;
  const checks = [
    safely('node', () => checkNode(process.versions.node)),
    examineTmux(surroundings),
    safely('locale', () => checkLocale(env)),
    safely('config', () => checkConfig(surroundings.config)),
    safely('home', () => checkHome(env)),
    safely('state folder', () => checkState(env)),
    safely('state', () => checkSetAside(env)),
    safely('shells', () => checkShells(env)),
    ...(agents ? [safely('agents', () => checkAgents(surroundings.config, env))] : []),
  ];
  return (await Promise.all(checks)).flat();
}
