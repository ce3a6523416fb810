import { shown } from '../../kernel/text.js';
import { type Finding, pass, warn } from './finding.js';

/** The locale for characters, as setlocale(3) finds it: an empty variable counts as none. */
export function checkLocale(env: NodeJS.ProcessEnv): Finding {
  const name = (['LC_ALL', 'LC_CTYPE', 'LANG'] as const).find((variable) => (env[variable] ?? '') !== '');
  const value = name === undefined ? '' : (env[name] ?? '');
  if (/utf-?8/i.test(value)) return pass('locale', `${name ?? ''}=${shown(value)}`);
  const found = name === undefined ? 'none is set' : `${name}=${shown(value)}`;
  return warn(
    'locale',
    `${found}, which is not UTF-8: your terminal may show "_" for other scripts; tmux-orc itself reads UTF-8 all the same`,
    `Set a UTF-8 one: export ${name ?? 'LANG'}=C.UTF-8`,
  );
}
