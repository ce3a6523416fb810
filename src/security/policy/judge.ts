import type { Config } from '../../config/schema.js';
import type { CalledOperation, Role } from '../ring.js';
import type { Standing } from '../trust/standing.js';
import { allows, type Permission } from './permissions.js';

/** What a thing is to a caller: the pane it runs in, what it made or started, its team's, or neither. */
export type Relation = 'self' | 'own' | 'team' | 'foreign';

/** Why a call must not go on. */
export interface Refusal {
  readonly layer: 'containment' | 'trust' | 'policy' | 'own_pane';
  readonly rule: string;
  /** The config key that says so, where one does. */
  readonly key?: string;
  /** Sentences for the caller. */
  readonly message: string;
  readonly hint: string;
}

export interface AskedOperation {
  readonly role: Role;
  readonly standing: Standing;
  readonly permission: Permission;
  readonly operation: Pick<CalledOperation, 'name' | 'effect' | 'exempt'>;
  readonly defaultTrust: Config['security']['trust']['default'];
}

/** The operator cannot be locked out by what the operator says of others, but contains a command line of its own too. */
function standingRefusal({ role, standing, operation, defaultTrust }: AskedOperation): Refusal | undefined {
  // What only stops things is never held back.
  if (operation.effect === 'read' || operation.exempt) return undefined;
  if (standing.contained)
    return {
      ...{ layer: 'containment', rule: 'contained', message: 'This caller is contained: only reads go on.' },
      hint: 'The operator ends it: tmux-orc security release.',
    };
  if (role === 'operator') return undefined;
  const grant = 'tmux-orc security trust grant';
  if (standing.trust === 'granted') {
    if (standing.operations === undefined || allows(standing.operations, operation)) return undefined;
    return {
      ...{ layer: 'trust', rule: 'not_granted', message: `The grant of this caller is not for ${operation.name}.` },
      hint: `Ask the operator for a grant that names it: ${grant}.`,
    };
  }
  if (standing.trust === 'unknown')
    return {
      ...{ layer: 'trust', rule: 'trust_unknown', message: 'Whether this caller is trusted cannot be looked up: only reads go on.' },
      hint: 'Try again. If it lasts, tmux-orc doctor looks at the state folder.',
    }; // prettier-ignore
  if (standing.trust === 'revoked')
    return {
      ...{ layer: 'trust', rule: 'trust_revoked', message: 'The operator has revoked the trust in this caller: only reads go on.' },
      hint: `Ask the operator: ${grant}.`,
    }; // prettier-ignore
  if (defaultTrust === 'trusted') return undefined;
  return {
    ...{ layer: 'trust', rule: 'untrusted', key: 'security.trust.default' },
    message: 'Callers without a grant only read here (security.trust.default).',
    hint: `Ask the operator: ${grant}.`,
  };
}

/** Whether a caller may call an operation at all; undefined: it may. Pure: the ring, tools/list and explain go by it. */
export function judgeOperation(asked: AskedOperation): Refusal | undefined {
  const { role, permission, operation } = asked;
  const refused = standingRefusal(asked);
  if (refused !== undefined || allows(permission.operations, operation)) return refused;
  const key = `security.permissions.${role}.operations`;
  return {
    ...{ layer: 'policy', rule: 'operation_not_permitted', key },
    message: `A ${role} may not call ${operation.name}.`,
    hint: `${key} says what it may. Leave it to the agent or person that gave you the task.`,
  };
}

export interface AskedTarget {
  readonly role: Role;
  readonly permission: Permission;
  readonly relation: Relation;
  /** What is done to it; `arrange` only lays out what is around, `stop` ends a job of ours, `interrupt` an agent's turn. */
  readonly deed: 'look' | 'arrange' | 'input' | 'destroy' | 'stop' | 'interrupt';
  /** The pane that the caller runs in is, or lies in, what is written to or ended. */
  readonly holdsSelf: boolean;
}

const WITHIN: Readonly<Record<Permission['targets'], readonly Relation[]>> = {
  own: ['self', 'own'],
  team: ['self', 'own', 'team'],
  all: ['self', 'own', 'team', 'foreign'],
};

/** They write into a pane, or end what runs there. */
const REACHING: readonly AskedTarget['deed'][] = ['input', 'destroy', 'interrupt'];

/** Whether a caller may do something to a thing; undefined: it may. Pure, as {@link judgeOperation}. */
export function judgeTarget({ role, permission, relation, deed, holdsSelf }: AskedTarget): Refusal | undefined {
  if (role !== 'operator' && holdsSelf && REACHING.includes(deed))
    return {
      ...{ layer: 'own_pane', rule: 'own_pane' },
      message: 'This would write into the pane that this server itself runs in, or end it.',
      hint: 'Use another pane; split_pane and create_session make one.',
    };
  if (role === 'worker' && deed === 'destroy' && relation !== 'own')
    return {
      ...{ layer: 'policy', rule: 'foreign_access', message: 'A worker ends only what it created.' },
      hint: 'No setting changes that. Ask the agent or person that gave you the task.',
    };
  if (WITHIN[permission.targets].includes(relation)) return undefined;
  const key = `security.permissions.${role}.targets`;
  const whose = permission.targets === 'own' ? 'its own pane and what it created' : 'what belongs to its team';
  return {
    ...{ layer: 'policy', rule: 'foreign_access', key, message: `A ${role} may only touch ${whose}.` },
    hint: `${key} says so. list_sessions shows what there is; ask the agent or person that gave you the task.`,
  };
}

/** What starting one more agent would make. */
export interface AskedSpawn {
  readonly role: Role;
  readonly permission: Permission;
  /** Of the agent that would be started: 0 where no agent stands above it. */
  readonly depth: number;
  /** Agents that the caller has already. */
  readonly children: number;
}

/** Whether a caller may start one more agent; undefined: it may. Pure, as {@link judgeOperation}. */
export function judgeSpawn({ role, permission, depth, children }: AskedSpawn): Refusal | undefined {
  const tooDeep = depth > permission.spawnDepth;
  if (!tooDeep && children < permission.spawnFanOut) return undefined;
  const key = `security.permissions.${role}.${tooDeep ? 'spawn_depth' : 'spawn_fan_out'}`;
  return {
    ...{ layer: 'policy', rule: tooDeep ? 'spawn_depth' : 'spawn_fan_out', key },
    message: tooDeep ? `A ${role} may not start agents so deep.` : `A ${role} may not have more agents of its own.`,
    hint: `${key} is the bound. End an agent that is done, or ask the one that gave you the task.`,
  };
}
