/** Roles whose permissions can be set; the operator's are not: whoever sets them is the operator. */
export const PERMITTED_ROLES = ['guest', 'worker', 'pm', 'host'] as const;
export type PermittedRole = (typeof PERMITTED_ROLES)[number];

/** Whose things a role may touch: what it is and has made, that of its team, or all. From tight to loose. */
export const REACHES = ['own', 'team', 'all'] as const;

/** As `security.permissions` has it. */
export interface PermissionFields {
  /** Names of operations, or effects. */
  readonly operations?: readonly string[] | undefined;
  readonly targets?: (typeof REACHES)[number] | undefined;
  readonly paths?: Paths | undefined;
  readonly spawn_depth?: number | undefined;
  readonly spawn_fan_out?: number | undefined;
}

interface Paths {
  readonly read?: readonly string[] | undefined;
  readonly write?: readonly string[] | undefined;
  readonly execute?: readonly string[] | undefined;
}

type Permissions = Readonly<Partial<Record<PermittedRole, PermissionFields>>>;

const EFFECTS = ['read', 'write', 'destroy'];
const STATUS = ['list_sessions', 'get_system_status', 'get_security_status'];

/** What holds where `security.permissions` says nothing; docs/guides/permissions.md shows it. */
const DEFAULT_PERMISSIONS: Readonly<Record<PermittedRole, Omit<EffectivePermission, 'paths'>>> = {
  guest: { operations: STATUS, targets: 'own', spawn_depth: 0, spawn_fan_out: 0 },
  worker: { operations: EFFECTS, targets: 'own', spawn_depth: 0, spawn_fan_out: 0 },
  pm: { operations: EFFECTS, targets: 'team', spawn_depth: 1, spawn_fan_out: 10 },
  host: { operations: EFFECTS, targets: 'all', spawn_depth: 10, spawn_fan_out: 1000 },
};

const isFewer = (value: readonly string[] | undefined, below: readonly string[] | undefined): boolean =>
  below === undefined || (value?.every((entry) => below.includes(entry)) ?? false);

interface EffectivePermission {
  readonly operations: readonly string[];
  readonly targets: (typeof REACHES)[number];
  readonly paths: Paths;
  readonly spawn_depth: number;
  readonly spawn_fan_out: number;
}

/** What a role may do with what the config says of it. */
export function effectivePermission(role: PermittedRole, given: PermissionFields = {}): EffectivePermission {
  const normal = DEFAULT_PERMISSIONS[role];
  return {
    operations: given.operations ?? normal.operations,
    targets: given.targets ?? normal.targets,
    paths: given.paths ?? {},
    spawn_depth: given.spawn_depth ?? normal.spawn_depth,
    spawn_fan_out: given.spawn_fan_out ?? normal.spawn_fan_out,
  };
}

function isTighterRole(role: PermittedRole, value: PermissionFields = {}, below: PermissionFields = {}): boolean {
  const next = effectivePermission(role, value);
  const last = effectivePermission(role, below);
  return (
    isFewer(next.operations, last.operations) &&
    REACHES.indexOf(next.targets) <= REACHES.indexOf(last.targets) &&
    next.spawn_depth <= last.spawn_depth &&
    next.spawn_fan_out <= last.spawn_fan_out &&
    (['read', 'write', 'execute'] as const).every((kind) => isFewer(next.paths[kind], last.paths[kind]))
  );
}

/** Whether no role may do more than before. */
export const areTighterPermissions = (value: Permissions, below: Permissions): boolean =>
  PERMITTED_ROLES.every((role) => isTighterRole(role, value[role], below[role]));
