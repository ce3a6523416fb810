import { RISKS } from '../../config/security-schema.js';

export type Risk = (typeof RISKS)[number];

/** What a change does: lays things out, gives a program something to do, or ends it. */
export type Deed = 'arrange' | 'input' | 'destroy';

/** What a call is about to do, as far as its risk depends on it. */
export interface Danger {
  readonly deed: Deed;
  /** The caller created what it is done to, or it does not exist yet. */
  readonly own: boolean;
  /** No session would be left. */
  readonly endsAll: boolean;
  /** It is graver than what it does: nobody is asked about what follows from it. */
  readonly isGrave?: boolean;
}

/** A rule of `security.risk.rules`. What it does not name, it does not ask for. */
export interface RiskRule {
  readonly operations?: readonly string[] | undefined;
  readonly targets?: readonly string[] | undefined;
  readonly roles?: readonly string[] | undefined;
  readonly risk: Risk;
}

export interface Ruled {
  readonly operation: string;
  readonly role: string;
  /** Ids of the target and of what holds it, and the names of its sessions. */
  readonly targets: readonly string[];
}

const TABLE: Readonly<Record<Deed, { readonly own: Risk; readonly foreign: Risk }>> = {
  arrange: { own: 'low', foreign: 'high' },
  input: { own: 'medium', foreign: 'high' },
  destroy: { own: 'medium', foreign: 'high' },
};

/** Whether a risk is at least as high as a bound; null is no bound. */
export const reaches = (risk: Risk, bound: Risk | null): boolean =>
  bound !== null && RISKS.indexOf(risk) >= RISKS.indexOf(bound);

/** Ending the last session is only grave where it is somebody else's. */
function basicRisk({ deed, own, endsAll, isGrave = false }: Danger): Risk {
  if (isGrave) return 'high';
  return endsAll && deed === 'destroy' && !own ? 'critical' : TABLE[deed][own ? 'own' : 'foreign'];
}

/** `*` stands for any characters. Compared piece by piece, so that no pattern can take long. */
export function matches(pattern: string, word: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return word === pattern;
  if (!word.startsWith(first) || !word.endsWith(last) || word.length < first.length + last.length) return false;
  const end = word.length - last.length;
  let at = first.length;
  for (const piece of rest) {
    const found = word.indexOf(piece, at);
    if (found === -1 || found + piece.length > end) return false;
    at = found + piece.length;
  }
  return true;
}

const applies = ({ operations, targets, roles }: RiskRule, ruled: Ruled): boolean =>
  (operations?.includes(ruled.operation) ?? true) &&
  (roles?.includes(ruled.role) ?? true) &&
  (targets?.some((pattern) => ruled.targets.some((word) => matches(pattern, word))) ?? true);

/** The first of the user's rules that applies decides, else what is done to what. */
export function riskOf(danger: Danger, ruled: Ruled, rules: readonly RiskRule[]): Risk {
  return rules.find((rule) => applies(rule, ruled))?.risk ?? basicRisk(danger);
}
