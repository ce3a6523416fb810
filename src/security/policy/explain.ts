import type { Config } from '../../config/schema.js';
import type { Lockdown } from '../lockdown.js';
import { reaches, type Risk, riskOf } from '../risk/risk.js';
import type { CalledOperation, Role } from '../ring.js';
import type { Standing } from '../trust/standing.js';
import { type AskedTarget, judgeOperation, judgeTarget, type Relation } from './judge.js';
import { permissionOf } from './permissions.js';

/** What a call would touch. */
export interface Touched {
  readonly relation: Relation;
  readonly holdsSelf: boolean;
  /** Ids and names that rules of risk go by. */
  readonly words: readonly string[];
  readonly isAll: boolean;
}

/** What a call would be, as far as it decides something. */
export interface Supposed {
  readonly role: Role;
  readonly standing: Standing;
  readonly operation: Pick<CalledOperation, 'name' | 'effect' | 'exempt'>;
  /** The gravest that it may do. */
  readonly deed: AskedTarget['deed'];
  readonly lockdown: ReturnType<Lockdown['isActive']>;
  /** Undefined for what needs none, or where none was named. */
  readonly target?: Touched | undefined;
}

export interface Decided {
  readonly decision: 'allow' | 'confirm' | 'deny';
  readonly layer: string;
  readonly rule: string;
  /** The config key that decides, where one does. */
  readonly key?: string;
  readonly why: string;
  readonly risk?: Risk;
}

const CHANGES = { arrange: 'arrange', input: 'input', destroy: 'destroy' } as const;
const isChange = (deed: Supposed['deed']): deed is keyof typeof CHANGES => Object.hasOwn(CHANGES, deed);

function riskDecision({ role, operation, deed, target }: Supposed, security: Config['security']): Decided {
  if (operation.effect === 'read' || operation.exempt || !isChange(deed))
    return { decision: 'allow', layer: 'policy', rule: 'permitted', why: 'Its role may do it.', risk: 'low' };
  const own = target?.relation !== 'foreign';
  const danger = { deed: CHANGES[deed], own, endsAll: target?.isAll === true };
  const ruled = { operation: operation.name, role, targets: target?.words ?? [] };
  const risk = riskOf(danger, ruled, security.risk.rules);
  const { block_from_risk: block, confirm_from_risk: confirmFrom } = security.trust;
  const is = `It is of ${risk} risk here`;
  if (reaches(risk, block))
    return { decision: 'deny', layer: 'risk', rule: 'risk_blocked', key: 'security.trust.block_from_risk', why: `${is}, which the config refuses.`, risk }; // prettier-ignore
  if (reaches(risk, confirmFrom))
    return { decision: 'confirm', layer: 'confirmation', rule: 'confirmation_required', key: 'security.trust.confirm_from_risk', why: `${is}, which needs a yes.`, risk }; // prettier-ignore
  return { decision: 'allow', layer: 'policy', rule: 'permitted', why: `Its role may do it. ${is}.`, risk };
}

/** What would become of a call, by the same functions that the rings and the gate to tmux use. Pure. */
export function explainCall(supposed: Supposed, security: Config['security']): Decided {
  const { role, standing, operation, deed, target, lockdown } = supposed;
  if (lockdown && operation.effect !== 'read' && !operation.exempt)
    return { decision: 'deny', layer: 'lockdown', rule: 'locked_down', why: 'A lockdown is on: only reads go on.' };
  const permission = permissionOf(role, security.permissions);
  const asked = { role, standing, permission, operation, defaultTrust: security.trust.default };
  const refused =
    judgeOperation(asked) ?? (target === undefined ? undefined : judgeTarget({ role, permission, deed, ...target }));
  if (refused === undefined) return riskDecision(supposed, security);
  const { layer, rule, key, message: why } = refused;
  return { decision: 'deny', layer, rule, why, ...(key === undefined ? {} : { key }) };
}
