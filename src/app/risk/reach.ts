import type { Config } from '../../config/schema.js';
import { OrcError } from '../../kernel/errors.js';
import type { Logger } from '../../kernel/logger.js';
import { refusalError } from '../../security/inner/policy.js';
import { type AskedTarget, judgeTarget, type Relation } from '../../security/policy/judge.js';
import { type Permission, permissionOf } from '../../security/policy/permissions.js';
import { relationOf } from '../../security/policy/relation.js';
import { lowerRole, securityRoleOf } from '../../security/text/roles.js';
import type { Role } from '../../security/ring.js';
import type { RiskTarget } from '../../security/risk/target.js';
import { agentOfPane } from '../../store/managed-agents.js';
import type { Reading, StateStore } from '../../store/store.js';
import type { Listing } from '../../tmux/listing.js';
import type { AppCall } from '../dispatcher.js';
import type { PaneProcess } from '../identity/ancestry.js';
import type { OwnPane } from './own-pane.js';

export interface ReachOptions {
  readonly settings: () => Pick<Config['security'], 'permissions'>;
  /** State of the tmux server that calls go to. */
  readonly store: () => StateStore;
  readonly ownPane: () => OwnPane | undefined;
  /** Panes that this process descends from: a host may start it without the variables that tell of its pane. */
  readonly ownProcesses: readonly PaneProcess[];
  readonly logger: Logger;
  /** Told when an option of a pane says something else than the rows. */
  readonly onOption: (call: AppCall, pane: string) => void;
}

/** What one call may touch. */
export interface Reach {
  readonly role: () => Role;
  readonly permission: () => Permission;
  /** Looks at the caller's own pane in a listing: what options say of it can only take from its rights. */
  readonly saw: (listing: Listing) => void;
  readonly relation: (target: RiskTarget) => Promise<Relation>;
  /** The panes among these that may be read. */
  readonly readable: (targets: readonly RiskTarget[]) => Promise<ReadonlySet<string>>;
  /** @throws OrcError DENIED */
  readonly require: (target: RiskTarget, relation: Relation, deed: AskedTarget['deed']) => void;
}

/** The option of a pane and the row of its agent say different things. */
function differingPanes(view: Reading, { panes, server }: RiskTarget): string[] {
  return panes
    .filter(({ id, agent }) => agent !== undefined && agentOfPane(view, id, server.pid)?.name !== agent)
    .map(({ id }) => id);
}

export function createReach(options: ReachOptions, call: AppCall): Reach {
  const { caller } = call;
  const { agent } = caller;
  let role = caller.role;
  const permission = (): Permission => permissionOf(role, options.settings().permissions);

  const isOwnPane = (pane: string, { server, panes }: RiskTarget): boolean => {
    const pid = panes.find(({ id }) => id === pane)?.pid;
    const isAbove = ({ serverPid, panePid }: PaneProcess): boolean => serverPid === server.pid && panePid === pid;
    if (options.ownProcesses.some(isAbove)) return true;
    const own = options.ownPane();
    if (own?.serverPid === server.pid && own.id === pane) return true;
    return agent?.pane === pane && agent.server.pid === server.pid && agent.server.startedAt === server.startedAt;
  };
  const saw: Reach['saw'] = (listing) => {
    if (agent === undefined) return;
    const panes = listing.sessions.flatMap(({ windows }) => windows.flatMap((window) => window.panes));
    const own = panes.find(({ id, server }) => id === agent.pane && server.pid === agent.server.pid);
    if (own === undefined) return;
    const saysLess = own.agentRole === undefined ? role : lowerRole(role, securityRoleOf(own.agentRole));
    const differs = (own.agent ?? agent.name) !== agent.name || (own.agentRole ?? agent.role) !== agent.role;
    if (differs) options.onOption(call, own.id);
    role = saysLess;
  };
  const relation: Reach['relation'] = async (target) => {
    try {
      const found = await options.store().read((view) => ({
        relation: relationOf(view, caller, target),
        differing: target.panes.some((pane) => pane.agent !== undefined) ? differingPanes(view, target) : [],
      }));
      for (const pane of found.differing) options.onOption(call, pane);
      return found.relation;
    } catch (error) {
      // What nobody can be shown to have created counts as somebody else's.
      options.logger.warn('whose it is cannot be looked up', { error: error instanceof Error ? error.message : '' });
      return 'foreign';
    }
  };
  const judge = (target: RiskTarget, related: Relation, deed: AskedTarget['deed']): ReturnType<typeof judgeTarget> => {
    const holdsSelf = target.panes.some(({ id }) => isOwnPane(id, target));
    return judgeTarget({ role, permission: permission(), relation: related, deed, holdsSelf });
  };
  return {
    role: () => role,
    ...{ permission, saw, relation },
    readable: async (targets) => {
      if (permission().targets === 'all') return new Set(targets.map(({ id }) => id));
      const read = (view: Reading): RiskTarget[] =>
        targets.filter((target) => judge(target, relationOf(view, caller, target), 'look') === undefined);
      // What nobody can be shown to have is not read.
      const found = await options.store().read(read).catch(() => []); // prettier-ignore
      return new Set(found.map(({ id }) => id));
    },
    require: (target, related, deed) => {
      const refused = judge(target, related, deed);
      if (refused !== undefined) throw refusalError(call, refused);
    },
  };
}

/** @throws OrcError NOT_FOUND */
export function gone(): never {
  throw new OrcError('NOT_FOUND', 'No such target: it is gone.', { hint: 'list_sessions shows what there is.' });
}
