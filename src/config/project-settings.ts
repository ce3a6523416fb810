import { isDeepStrictEqual } from 'node:util';
import type { Problem } from './problem.js';
import type { Config } from './schema.js';
import { isTighter, tighteningHint } from './tighter.js';
import { TIGHTENING } from './tightening.js';
import type { Setting } from './values.js';
import { valueAt } from './dotted.js';

/**
 * What of a project file counts that is not trusted: what is tighter than the layers below. A value equal to the
 * built-in default counts as not set, so that a file of documented defaults does not undo a stricter profile.
 */
export function tighteningSettings(
  settings: readonly Setting[],
  below: Config,
  defaults: Config,
): { readonly settings: readonly Setting[]; readonly problems: readonly Problem[] } {
  const kept: Setting[] = [];
  const problems: Problem[] = [];
  for (const setting of settings) {
    const { path } = setting.leaf;
    const [now, normal] = [valueAt(below, path), valueAt(defaults, path)];
    if (isDeepStrictEqual(setting.value, normal) || isDeepStrictEqual(setting.value, now)) continue;
    const rule = TIGHTENING[path];
    if (isTighter(rule, setting.value, now, below.security.rate_limit)) kept.push(setting);
    else problems.push({ where: setting.where, key: path, text: tighteningHint(rule), untrusted: true });
  }
  return { settings: kept, problems };
}
