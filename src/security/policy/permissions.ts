import { effectivePermission, type PermissionFields, type PermittedRole } from '../../config/permissions.js';
import type { Config } from '../../config/schema.js';
import type { CalledOperation, Caller, Role } from '../ring.js';

/** What a role may do. */
export interface Permission {
  /** Names of operations, or effects. */
  readonly operations: readonly string[];
  readonly targets: NonNullable<PermissionFields['targets']>;
  /** Roots of folders in which it may start programs; undefined: those of the sanitizer. */
  readonly execute: readonly string[] | undefined;
  /** How deep below the first agent one that it starts may be. */
  readonly spawnDepth: number;
  /** How many agents of its own there may be. */
  readonly spawnFanOut: number;
}

function toPermission(role: PermittedRole, given?: PermissionFields): Permission {
  const { operations, targets, paths, spawn_depth, spawn_fan_out } = effectivePermission(role, given);
  return { operations, targets, execute: paths.execute, spawnDepth: spawn_depth, spawnFanOut: spawn_fan_out };
}

const NO_BOUND = Number.MAX_SAFE_INTEGER;
const OPERATOR: Permission = { ...toPermission('host'), spawnDepth: NO_BOUND, spawnFanOut: NO_BOUND };
const NORMAL: Readonly<Record<Role, Permission>> = {
  guest: toPermission('guest'),
  worker: toPermission('worker'),
  pm: toPermission('pm'),
  host: toPermission('host'),
  operator: OPERATOR,
};

/** What a role may do here. Nothing takes anything from the operator, who sets it. */
export function permissionOf(role: Role, settings: Config['security']['permissions']): Permission {
  if (role === 'operator' || settings[role] === undefined) return NORMAL[role];
  return toPermission(role, settings[role]);
}

export const allows = (
  operations: readonly string[],
  { name, effect }: Pick<CalledOperation, 'name' | 'effect'>,
): boolean => operations.includes(name) || operations.includes(effect);

/** Depth of an agent that a caller starts: 0 where that is no agent itself. */
export const depthBelow = ({ agent }: Caller): number => (agent === undefined ? 0 : agent.depth + 1);

/** Whether a caller can ever use an operation: one that may not start an agent need not know how. @param depth of an agent that it would start */
export const offers = (
  permission: Permission,
  operation: Pick<CalledOperation, 'name' | 'effect'>,
  depth: number,
): boolean =>
  allows(permission.operations, operation) && (operation.name !== 'spawn_agent' || depth <= permission.spawnDepth);
