import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { configSchema } from '../../../src/config/schema.js';
import {
  type AskedTarget,
  judgeOperation,
  judgeSpawn,
  judgeTarget,
  type Relation,
} from '../../../src/security/policy/judge.js';
import { permissionOf } from '../../../src/security/policy/permissions.js';
import {
  agentRole,
  SECURITY_ROLES,
  securityRoleOf,
  type SecurityRole,
  teamType,
} from '../../../src/security/text/roles.js';
import { NO_STANDING, type Standing } from '../../../src/security/trust/standing.js';

type Permissions = ReturnType<typeof configSchema.parse>['security']['permissions'];
const permissions = (given: object): Permissions =>
  configSchema.parse({ security: { permissions: given } }).security.permissions;

const operation = (name: string, effect: 'read' | 'write' | 'destroy', exempt = false): { name: string; effect: typeof effect; exempt: boolean } => ({ name, effect, exempt }); // prettier-ignore
const CAPTURE = operation('capture_pane', 'read');
const SEND = operation('send_keys', 'write');
const KILL = operation('kill_pane', 'destroy');
const CANCEL = operation('cancel_job', 'write', true);

function ruleOf(
  asked: typeof CAPTURE,
  role: SecurityRole,
  more: { standing?: Partial<Standing>; trust?: 'trusted' | 'untrusted'; permissions?: object } = {},
): string {
  const permission = permissionOf(role, permissions(more.permissions ?? {}));
  const standing = { ...NO_STANDING, ...more.standing };
  return judgeOperation({ role, standing, permission, operation: asked, defaultTrust: more.trust ?? 'trusted' })?.rule ?? 'may'; // prettier-ignore
}

describe('which operations a caller may call', () => {
  it('a guest only sees what there is', () => {
    const list = operation('list_sessions', 'read');
    expect([list, CAPTURE, SEND, KILL, CANCEL].map((asked) => ruleOf(asked, 'guest'))).toEqual([
      'may',
      ...Array<string>(4).fill('operation_not_permitted'),
    ]);
  });

  it.each(['worker', 'pm', 'host', 'operator'] as const)('a %s may call all of them', (role) => {
    expect([CAPTURE, SEND, KILL, CANCEL].map((asked) => ruleOf(asked, role))).toEqual(Array(4).fill('may'));
  });

  it('the config names operations or effects, and takes nothing from the operator', () => {
    const given = { worker: { operations: ['read', 'send_keys'] } };
    expect([CAPTURE, SEND, KILL].map((asked) => ruleOf(asked, 'worker', { permissions: given }))).toEqual([
      'may',
      'may',
      'operation_not_permitted',
    ]);
    expect(() => permissions({ operator: { operations: [] } })).toThrow();
    expect(() => permissions({ devs: {} })).toThrow();
  });

  it.each<[string, Partial<Standing>, 'trusted' | 'untrusted', string, string]>([
    ['by default trusted', {}, 'trusted', 'may', 'may'],
    ['by default untrusted', {}, 'untrusted', 'untrusted', 'untrusted'],
    ['granted', { trust: 'granted' }, 'untrusted', 'may', 'may'],
    ['granted for one', { trust: 'granted', operations: ['send_keys'] }, 'untrusted', 'may', 'not_granted'],
    ['granted for an effect', { trust: 'granted', operations: ['destroy'] }, 'trusted', 'not_granted', 'may'],
    ['revoked', { trust: 'revoked' }, 'trusted', 'trust_revoked', 'trust_revoked'],
    ['not to be looked up', { trust: 'unknown' }, 'trusted', 'trust_unknown', 'trust_unknown'],
    ['contained', { trust: 'granted', contained: true }, 'trusted', 'contained', 'contained'],
  ])('a caller that is %s', (_what, standing, trust, send, kill) => {
    expect([SEND, KILL].map((asked) => ruleOf(asked, 'host', { standing, trust }))).toEqual([send, kill]);
    // Reads go on, and so does what stops things.
    expect([CAPTURE, CANCEL].map((asked) => ruleOf(asked, 'host', { standing, trust }))).toEqual(['may', 'may']);
  });

  it('the operator needs no trust, and can be contained', () => {
    expect(ruleOf(SEND, 'operator', { trust: 'untrusted', standing: { trust: 'revoked' } })).toBe('may');
    expect(ruleOf(SEND, 'operator', { standing: { contained: true } })).toBe('contained');
  });
});

const RELATIONS: readonly Relation[] = ['self', 'own', 'team', 'foreign'];
const DEEDS = ['look', 'arrange', 'input', 'destroy', 'stop', 'interrupt'] as const;

function touch(role: SecurityRole, relation: Relation, deed: AskedTarget['deed'], given: object = {}): string {
  const permission = permissionOf(role, permissions(given));
  return judgeTarget({ role, permission, relation, deed, holdsSelf: relation === 'self' })?.rule ?? 'may';
}

describe('which things a caller may touch', () => {
  /** Rows: what it is to the caller. Columns: look, arrange, input, destroy, stop, interrupt. */
  const [YES, NO, OWN] = ['may', 'foreign_access', 'own_pane'];
  it.each<[SecurityRole, string[][]]>([
    ['guest', [[YES, YES, OWN, OWN, YES, OWN], Array(6).fill(YES), Array(6).fill(NO), Array(6).fill(NO)]],
    ['worker', [[YES, YES, OWN, OWN, YES, OWN], Array(6).fill(YES), Array(6).fill(NO), Array(6).fill(NO)]],
    ['pm', [[YES, YES, OWN, OWN, YES, OWN], Array(6).fill(YES), Array(6).fill(YES), Array(6).fill(NO)]],
    ['host', [[YES, YES, OWN, OWN, YES, OWN], Array(6).fill(YES), Array(6).fill(YES), Array(6).fill(YES)]],
    ['operator', Array(4).fill(Array(6).fill(YES))],
  ])('%s', (role, table) => {
    expect(RELATIONS.map((relation) => DEEDS.map((deed) => touch(role, relation, deed)))).toEqual(table);
  });

  it('no setting lets a worker end what it did not create, or an agent write to its own pane', () => {
    fc.assert(
      fc.property(fc.constantFrom('own', 'team', 'all'), fc.constantFrom<Relation>('self', 'team', 'foreign'), (targets, relation) => {
        expect(touch('worker', relation, 'destroy', { worker: { targets } })).not.toBe('may');
      }),
    ); // prettier-ignore
    for (const role of SECURITY_ROLES.filter((one) => one !== 'operator' && one !== 'guest'))
      expect(touch(role, 'self', 'input', { [role]: { targets: 'all' } })).toBe('own_pane');
  });

  it('the config says how far a role reaches', () => {
    expect(touch('worker', 'team', 'look', { worker: { targets: 'team' } })).toBe('may');
    expect(touch('host', 'foreign', 'look', { host: { targets: 'own' } })).toBe('foreign_access');
  });
});

describe('starting agents', () => {
  const spawn = (role: SecurityRole, depth: number, children: number): string =>
    judgeSpawn({ role, permission: permissionOf(role, {}), depth, children })?.rule ?? 'may';
  it('is bounded in depth and in number', () => {
    expect([spawn('worker', 0, 0), spawn('guest', 0, 0)]).toEqual(['spawn_fan_out', 'spawn_fan_out']);
    expect([spawn('pm', 1, 9), spawn('pm', 1, 10), spawn('pm', 2, 0)]).toEqual(['may', 'spawn_fan_out', 'spawn_depth']);
    expect([spawn('host', 0, 999), spawn('operator', 50, 5000)]).toEqual(['may', 'may']);
  });
});

describe('roles of agents', () => {
  it('are known whatever their case, and lead or work', () => {
    expect([agentRole('QA-Engineer'), agentRole('Analyst', ['analyst']), agentRole('analyst')]).toEqual([
      'qa-engineer',
      'analyst',
      undefined,
    ]);
    expect(['PM', 'project-manager', 'Orchestrator', 'orc'].map(securityRoleOf)).toEqual(Array(4).fill('pm'));
    expect(['developer', 'ops', 'analyst', '__proto__', 'constructor', ''].map(securityRoleOf)).toEqual(
      Array(6).fill('worker'),
    );
    for (const word of ['__proto__', 'constructor', 'toString', ''])
      expect([agentRole(word), teamType(word)]).toEqual([undefined, undefined]);
    expect([teamType('FullStack'), teamType('office')]).toEqual(['fullstack', undefined]);
  });
});
