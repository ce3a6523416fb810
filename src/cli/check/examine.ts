import type { ConfigSources } from '../../config/load.js';
import { configInvalid, describeProblem } from '../../config/problem.js';
import { fail, type Finding, pass, warn } from '../doctor/finding.js';
import { lookAround, type Surroundings } from '../doctor/surroundings.js';
import { tmuxTrouble } from '../doctor/versions.js';
import { checkAlerts, checkConfigFiles, checkStateFiles } from './files.js';
import { checkAudit, checkGrants, checkLockdown } from './records.js';
import { checkConfirmation, checkLayers, checkPaths, checkProfile, checkRedaction } from './settings.js';

const TMUX_MS = 3000;

/** What others can do with the output of their programs. */
async function checkTmux({ tmux }: Surroundings): Promise<Finding> {
  const server = await tmux?.server(TMUX_MS);
  const version = server?.state === 'running' ? server.version : await tmux?.programVersion(TMUX_MS);
  if (version === undefined) return warn('tmux', 'its version is not known', 'See what is wrong with it: tmux-orc doctor'); // prettier-ignore
  const trouble = tmuxTrouble(version);
  return trouble === undefined ? pass('tmux', version) : warn('tmux', `${version}; ${trouble.says}`, trouble.advice);
}

/** A check that cannot be made leaves open what it is about, so it fails. */
async function safely(
  check: string,
  look: () => Finding | Finding[] | Promise<Finding | Finding[]>,
): Promise<Finding[]> {
  try {
    return [await look()].flat();
  } catch {
    return [fail(check, 'it cannot be told', 'See what is wrong: tmux-orc doctor')];
  }
}

/**
 * Whether the program is safe as it stands here; `doctor` tells whether it works. Nothing is changed.
 * @param anchor a copy of the anchors of the audit log
 */
export async function examineSafety(sources: ConfigSources, anchor: string | undefined): Promise<Finding[]> {
  const { env } = sources;
  const surroundings = await lookAround(sources);
  const { config, problems } = surroundings.config;
  // What is wrong in the config is left out of what holds, and calls are refused: neither is safe to judge by.
  const broken = problems.map((problem) => fail('config', describeProblem(problem).replace(/\.$/, ''), configInvalid([problem]).hint ?? 'Correct it.')); // prettier-ignore
  const checks = [
    safely('state files', () => checkStateFiles(env, config)),
    safely('config files', () => checkConfigFiles(surroundings.config)),
    safely('profile', () => [checkProfile(config), checkLayers(config), checkRedaction(config)]),
    safely('confirmation', () => [checkConfirmation(config), checkPaths(config, env)]),
    safely('alerts', () => checkAlerts(env, config)),
    broken.length > 0 ? Promise.resolve([]) : safely('audit', () => checkAudit(sources, config, anchor)),
    safely('grants', () => checkGrants(sources, config)),
    safely('lockdown', () => checkLockdown(sources)),
    safely('tmux', () => checkTmux(surroundings)),
  ];
  return [...broken, ...(await Promise.all(checks)).flat()];
}
