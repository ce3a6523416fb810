import { listSetAside, SET_ASIDE_ADVICE, setAsideText } from '../../app/set-aside.js';
import { type Finding, warn } from './finding.js';

/** Databases that were damaged: what was lost with them is for a person to look after. */
export function checkSetAside(env: NodeJS.ProcessEnv): Finding[] {
  return listSetAside(env).map((one) => warn('state', setAsideText(one), SET_ASIDE_ADVICE));
}
