import { type AgentCli, inspectAgentClis } from '../../app/agent-clis.js';
import type { ResolvedConfig } from '../../config/load.js';
import { type Finding, pass, warn } from './finding.js';

/** Asking all of them takes as long as the slowest. */
const LOOK_MS = 15_000;

function judgeVersion(check: string, program: string, { version, isCovered, covered = '' }: AgentCli): Finding {
  if (version === undefined)
    return warn(check, `${program} does not tell its version`, `Run it with --version; its state is read as that of ${covered}.`); // prettier-ignore
  return isCovered
    ? pass(check, `${version}, ${program}`)
    : warn(check, `${version}, ${program}; its screens are known for ${covered}`, 'Its state is less sure; a newer tmux-orc, or a pack of your own, may know this version.'); // prettier-ignore
}

function judgeAgent(cli: AgentCli): Finding {
  const { id, isOwn, program, covered } = cli;
  const check = `agent ${id}`;
  if (program === undefined)
    return isOwn
      ? warn(check, 'its program is not there', `Install it on PATH, or correct agents.providers.${id}.command.`)
      : pass(check, 'not installed');
  if (!cli.isReadable) return pass(check, `${program}; without a pack its state is unknown until it ends`);
  return covered === undefined ? pass(check, `${program}; its pack is for every version`) : judgeVersion(check, program, cli); // prettier-ignore
}

/**
 * `doctor --agents`: which agent CLIs there are, and whether their screens are known. Own ones are left out while the
 * config is refused.
 */
export async function checkAgents({ config, problems }: ResolvedConfig, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const own = problems.length === 0 ? config.agents.providers : {};
  const found = await inspectAgentClis(own, env, AbortSignal.timeout(LOOK_MS));
  const none = found.every(({ program }) => program === undefined);
  const findings = found.map(judgeAgent);
  return none
    ? [...findings, warn('agents', 'no agent CLI is on PATH', 'Install one, or use the provider shell.')]
    : findings;
}
