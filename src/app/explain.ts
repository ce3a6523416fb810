import type { Config } from '../config/schema.js';
import { OrcError } from '../kernel/errors.js';
import type { Operation } from '../operations/define-operation.js';
import { operations } from '../operations/index.js';
import type { Lockdown } from '../security/lockdown.js';
import { type Decided, explainCall, type Touched } from '../security/policy/explain.js';
import type { AskedTarget, Relation } from '../security/policy/judge.js';
import { relationOf } from '../security/policy/relation.js';
import type { RiskTarget } from '../security/risk/target.js';
import type { Caller } from '../security/ring.js';
import { securityRoleOf } from '../security/text/roles.js';
import { parseTarget } from '../security/text/target.js';
import type { Standings } from '../security/trust/standing.js';
import { agentByName } from '../store/managed-agents.js';
import type { StateStore } from '../store/store.js';
import type { Listing } from '../tmux/listing.js';
import { resolve } from '../tmux/resolve.js';
import { inspectTmux, type TmuxInspector } from './inspect-tmux.js';
import { targetOf, targetWords } from './risk/target-of.js';
import type { Stores } from './stores.js';

export interface ExplainRequest {
  /** As lists name it, for example `agent:build`. */
  readonly caller: string;
  readonly operation: string;
  readonly target?: string | undefined;
}

export interface Explanation extends Decided {
  readonly caller: Pick<Caller, 'id' | 'role'> & { readonly team?: string | undefined };
  readonly operation: string;
  readonly target?: { readonly id: string; readonly relation: Relation };
}

export interface ExplainSources {
  readonly config: Config;
  readonly env: NodeJS.ProcessEnv;
  readonly stores: Pick<Stores, 'found'>;
  readonly standings: Pick<Standings, 'of'>;
  readonly lockdown: Pick<Lockdown, 'check'>;
}

const LOOK_MS = 5000;
/** They touch no single thing. */
const WITHOUT_TARGET = new Set([
  'list_sessions',
  'list_agents',
  'create_session',
  'get_system_status',
  'get_security_status',
]);
/** What is no end and no look is input, unless it is known to be less. */
const DEEDS: Readonly<Record<string, AskedTarget['deed']>> = {
  rename_session: 'arrange',
  rename_window: 'arrange',
  cancel_job: 'stop',
  interrupt_agent: 'interrupt',
  restart_agent: 'destroy',
  adopt_agent: 'destroy',
};
/** They run a command in a pane of its own: input, but none to what is there already. */
const OPENING = new Set(['create_session', 'create_window', 'split_pane', 'spawn_agent']);
const OF_EFFECT = { read: 'look', write: 'input', destroy: 'destroy' } as const;

const deedOf = ({ name, effect }: Operation): AskedTarget['deed'] =>
  (Object.hasOwn(DEEDS, name) ? DEEDS[name] : undefined) ?? OF_EFFECT[effect];

async function callerNamed(id: string, store: StateStore | undefined): Promise<Caller> {
  if (id === 'operator') return { id, role: 'operator' };
  const [, kind, name = ''] = /^(agent|host):(.+)$/s.exec(id) ?? [];
  if (kind === 'host') return { id, role: 'host' };
  const agent = kind === undefined ? undefined : await store?.read((view) => agentByName(view, name));
  if (agent === undefined)
    throw new OrcError('NOT_FOUND', 'caller: no such caller is known here.', {
      hint: 'Give operator, host:NAME, or agent:NAME of an agent on this tmux server.',
    });
  return { id, role: securityRoleOf(agent.role), agent };
}

/** A pane where a session or window stands for its active one, as the operations take it. */
function find(listing: Listing, text: string, operation: Operation): RiskTarget {
  const target = parseTarget(text, 'target');
  const { session, window, pane } = resolve(listing, target);
  const kind = operation.name.slice(operation.name.indexOf('_') + 1);
  const id =
    kind === 'session' ? session.id : kind === 'window' && operation.name !== 'create_window' ? window.id : pane.id;
  const found = targetOf(listing, operation.name === 'create_window' ? session.id : id);
  if (found === undefined) throw new OrcError('NOT_FOUND', 'target: there is no such thing.');
  return found;
}

/** What the operation would touch, and what that is to the caller; undefined where it names no single thing. */
async function touchedBy(
  caller: Caller,
  operation: Operation,
  text: string | undefined,
  { tmux, store }: { tmux: TmuxInspector; store: StateStore | undefined },
): Promise<{ readonly id: string; readonly touched: Touched } | undefined> {
  if (text === undefined || WITHOUT_TARGET.has(operation.name)) return undefined;
  const target = find(await tmux.listing(LOOK_MS), text, operation);
  const relation = (await store?.read((view) => relationOf(view, caller, target))) ?? 'foreign';
  // Where a host runs is known to itself alone.
  const own = OPENING.has(operation.name) ? undefined : caller.agent?.pane;
  const holdsSelf = target.panes.some(({ id }) => id === own);
  const { id, isAll } = target;
  return { id, touched: { relation, holdsSelf, isAll, words: targetWords(target) } };
}

/** What would become of a call. Looks at tmux and the state; changes nothing and calls nothing. @throws OrcError */
export async function explain(sources: ExplainSources, request: ExplainRequest): Promise<Explanation> {
  const { config, env, stores, standings, lockdown } = sources;
  const operation = operations.find(({ name }) => name === request.operation);
  if (operation === undefined)
    throw new OrcError('UNKNOWN_TOOL', 'operation: there is none of this name.', {
      hint: 'docs/reference/tools.md lists them, for example kill_pane.',
    });
  const tmux = inspectTmux(config, env);
  const store = stores.found(tmux.socketPath);
  const caller = await callerNamed(request.caller, store);
  const target = await touchedBy(caller, operation, request.target, { tmux, store });
  const [standing, locked] = await Promise.all([standings.of(caller.id, caller.agent?.since), lockdown.check()]);
  const { id, role, agent } = caller;
  const deed = deedOf(operation);
  const supposed = { role, standing, operation, deed, lockdown: locked, target: target?.touched };
  return {
    caller: { id, role, team: agent?.team ?? undefined },
    operation: operation.name,
    ...(target === undefined ? {} : { target: { id: target.id, relation: target.touched.relation } }),
    ...explainCall(supposed, config.security),
  };
}
