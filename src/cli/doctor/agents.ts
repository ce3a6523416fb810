import { type AgentCli, inspectAgentClis } from '../../app/agent-clis.js';
import { type Finding, pass, warn } from './finding.js';

/** Asking all of them takes as long as the slowest. */
const LOOK_MS = 15_000;

export function judgeAgent({ id, program, version, isCovered, covered }: AgentCli): Finding {
  const check = `agent ${id}`;
  if (program === undefined) return pass(check, 'not installed');
  if (version === undefined)
    return warn(check, `${program} does not tell its version`, `Run it with --version; its state is read as that of ${covered}.`); // prettier-ignore
  return isCovered
    ? pass(check, `${version}, ${program}`)
    : warn(check, `${version}, ${program}; its screens are known for ${covered}`, 'Its state is less sure; a newer tmux-orc may know this version.'); // prettier-ignore
}

/** `doctor --agents`: which agent CLIs there are, and whether their screens are known. */
export async function checkAgents(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const found = await inspectAgentClis(env, AbortSignal.timeout(LOOK_MS));
  const none = found.every(({ program }) => program === undefined);
  const findings = found.map(judgeAgent);
  return none
    ? [...findings, warn('agents', 'no agent CLI is on PATH', 'Install one, or use the provider shell.')]
    : findings;
}
