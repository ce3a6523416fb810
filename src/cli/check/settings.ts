import { homedir } from 'node:os';
import { dirname, isAbsolute, relative } from 'node:path';
import type { Config } from '../../config/schema.js';
import { fail, type Finding, pass, warn } from '../doctor/finding.js';

const show = (key: string): string => `See where it comes from: tmux-orc config show ${key} --origin`;

export function checkProfile({ profile }: Config): Finding {
  return profile === 'development'
    ? warn('profile', 'development: no limits, and only what is critical is asked about', 'Use standard or a stricter one: tmux-orc config init --user, then set profile.') // prettier-ignore
    : pass('profile', profile);
}

/** Layers that the config can switch off, but for those that have a check of their own. */
export function checkLayers({ security }: Config): Finding {
  const layers = {
    rate_limit: security.rate_limit.enabled,
    budget: security.budget.enabled,
    loop_detection: security.loop_detection.enabled,
    unknown_tools: security.unknown_tools.enabled,
    injection: security.injection.enabled,
    anomaly: security.anomaly.enabled,
  };
  const off = Object.entries(layers).flatMap(([name, on]) => (on ? [] : [name]));
  return off.length === 0
    ? pass('layers', 'all on')
    : warn('layers', `off: ${off.join(', ')}`, show(`security.${off[0] ?? ''}.enabled`));
}

export function checkRedaction({ security: { redaction } }: Config): Finding {
  return redaction.secrets
    ? pass('redaction', `secrets are replaced${redaction.pii ? ', personal data too' : ''}`)
    : fail('redaction', 'secrets are shown as they are', show('security.redaction.secrets'));
}

/** A rule without anything that it applies to applies to everything. */
const isForAll = ({ operations, targets, roles }: Config['security']['risk']['rules'][number]): boolean =>
  [operations, targets, roles].every((list) => list === undefined || list.length === 0);

export function checkConfirmation({ security: { trust, risk } }: Config): Finding {
  const { confirm_from_risk: from, block_from_risk: block } = trust;
  if (
    risk.rules.some((rule) => isForAll(rule) && (rule.risk === 'low' || (rule.risk === 'medium' && from !== 'medium')))
  )
    return fail('confirmation', 'a rule makes every call one that nobody is asked about', show('security.risk.rules'));
  if (from === 'critical')
    return warn('confirmation', 'only what is critical is asked about: a host may end what is yours', show('security.trust.confirm_from_risk')); // prettier-ignore
  return pass('confirmation', `asked from ${from} risk on${block === null ? '' : `, refused from ${block} on`}`);
}

const SYSTEM = ['/', '/etc', '/usr', '/var', '/root', '/bin', '/sbin', '/lib', '/boot'];

export function checkPaths({ security: { sanitizer } }: Config, env: NodeJS.ProcessEnv): Finding {
  const paths = sanitizer.allowed_paths;
  const home = env.HOME ?? homedir();
  const holds = (path: string): boolean => {
    const from = relative(path, dirname(home));
    return from === '' || (!from.startsWith('..') && !isAbsolute(from));
  };
  const wide = paths.filter((path) => SYSTEM.includes(path) || holds(path));
  if (wide.includes('/')) return fail('allowed paths', 'every folder may be a working directory', show('security.sanitizer.allowed_paths')); // prettier-ignore
  if (wide.length > 0) return warn('allowed paths', `${wide.join(', ')}: holds what is not yours alone`, show('security.sanitizer.allowed_paths')); // prettier-ignore
  return pass('allowed paths', paths.length === 0 ? 'the own folder and the home' : paths.join(', '));
}
