import { MONITOR } from '../../kernel/callers.js';
import { createHash } from 'node:crypto';
import { parsePaneId } from '../../kernel/ids.js';
import { type Claims, type Doubt, identify, type Identity } from '../../security/identity/identify.js';
import type { Caller, Surface } from '../../security/ring.js';
import { shown } from '../../kernel/text.js';
import { securityRoleOf } from '../../security/text/roles.js';
import { makerOfProcess } from '../../security/risk/creations.js';
import { agentByName, agentOfPane, agentOfProcess, agentOfToken } from '../../store/managed-agents.js';
import type { Reading, StateStore } from '../../store/store.js';
import type { Stores } from '../stores.js';
import type { PaneProcess } from './ancestry.js';

/** Who a call comes from. */
export interface Identities {
  /** The agent in whose managed pane this process was started; undefined elsewhere. Each call looks at rows anew. */
  readonly agent: () => Promise<Caller | undefined>;
  readonly callerOf: (request: { readonly surface: Surface; readonly client?: string | undefined }) => Promise<Caller>;
}

export interface IdentityOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly stores: Pick<Stores, 'found' | 'all'>;
  /** Socket of the tmux server that calls go to. */
  readonly socketPath: () => string;
  /** Told once of each doubt about who this process is. */
  readonly onDoubt?: (caller: Caller | undefined, doubt: Doubt) => void;
  /** What may be a pane, and its server, among this process and those above it. */
  readonly processes: readonly PaneProcess[];
}

/** What tmux says of itself to the programs in its panes (tmux(1), ENVIRONMENT). */
interface InsideTmux {
  readonly socketPath: string;
  readonly serverPid: number;
  readonly pane: string;
}

function insideTmux(env: NodeJS.ProcessEnv): InsideTmux | undefined {
  const [, socketPath, pid] = /^(.+),([0-9]+),[0-9]+$/.exec(env.TMUX ?? '') ?? [];
  const pane = parsePaneId(env.TMUX_PANE ?? '');
  return socketPath === undefined || pane === undefined ? undefined : { socketPath, serverPid: Number(pid), pane };
}

/** The signs of this process, which stay what they are. */
interface Signs {
  readonly inside: InsideTmux | undefined;
  readonly processes: readonly PaneProcess[];
  readonly token: string | undefined;
}

type Found = Pick<Claims, 'ancestry' | 'environment'> & {
  readonly token: Exclude<Claims['token'], 'unknown'>;
  /** Who made the pane, where it was no person; by descent. */
  readonly maker: Caller | undefined;
};

/** What is started in a pane that a caller made is that caller's doing, and has its rights at most. */
function makerOf(view: Reading, processes: readonly PaneProcess[]): Caller | undefined {
  const ids = processes.map(({ serverPid, panePid }) => makerOfProcess(view, serverPid, panePid));
  const id = ids.find((maker) => maker !== undefined && maker !== 'operator');
  if (id === undefined) return undefined;
  if (!id.startsWith('agent:')) return { id, role: 'host' };
  const agent = agentByName(view, id.slice('agent:'.length));
  return agent === undefined ? { id, role: 'guest' } : { id, role: securityRoleOf(agent.role), agent };
}

function lookUp(view: Reading, { inside, processes, token }: Signs, isInsideIt: boolean): Found {
  const above = processes.map(({ serverPid, panePid }) => agentOfProcess(view, serverPid, panePid));
  return {
    ancestry: above.find((agent) => agent !== undefined),
    environment: inside !== undefined && isInsideIt ? agentOfPane(view, inside.pane, inside.serverPid) : undefined,
    token: token === undefined ? undefined : agentOfToken(view, token),
    maker: makerOf(view, processes),
  };
}

const isEmpty = ({ ancestry: above, environment, token, maker }: Found): boolean =>
  above === undefined && environment === undefined && token === undefined && maker === undefined;

/** Without rows nobody can be told apart, so whoever is inside of tmux is nobody in particular. */
const UNREADABLE: Identity = { caller: { id: 'agent:unknown', role: 'guest' }, doubt: 'unproven' };

/** Who calls where no sign ties the process to an agent. */
export function unmanagedCaller({ surface, client = '' }: Parameters<Identities['callerOf']>[0]): Caller {
  if (surface === 'system') return { id: MONITOR, role: 'operator' };
  if (surface === 'cli') return { id: 'operator', role: 'operator' };
  return { id: `host:${shown(client === '' ? 'unnamed' : client)}`, role: 'host' };
}

export function createIdentities(options: IdentityOptions): Identities {
  const { env, stores, socketPath, processes, onDoubt = () => undefined } = options;
  const token = env.TMUX_ORC_TOKEN === undefined || env.TMUX_ORC_TOKEN === '' ? undefined : env.TMUX_ORC_TOKEN;
  const signs: Signs = {
    ...{ inside: insideTmux(env), processes },
    token: token === undefined ? undefined : createHash('sha256').update(token).digest('hex'),
  };
  const told = new Set<Doubt>();
  /** Servers that know this process, although calls go to another one. */
  let home: readonly StateStore[] | undefined;

  const look = async (): Promise<Identity> => {
    const { inside } = signs;
    const own = inside === undefined ? undefined : stores.found(inside.socketPath);
    const near = [own, stores.found(socketPath()), ...(home ?? stores.all())].filter((store) => store !== undefined);
    const finds: { readonly store: StateStore; readonly found: Found }[] = [];
    for (const store of new Set(near))
      finds.push({ store, found: await store.read((view) => lookUp(view, signs, store === own)) });
    home ??= finds.filter(({ found }) => !isEmpty(found)).map(({ store }) => store);
    const first = <Key extends keyof Found>(key: Key): Found[Key] | undefined =>
      finds.find(({ found }) => found[key] !== undefined)?.found[key];
    const environment = first('environment');
    const identity = identify({
      ancestry: first('ancestry'),
      environment,
      otherPane: inside !== undefined && environment === undefined,
      token: first('token') ?? (signs.token === undefined ? undefined : 'unknown'),
    });
    return identity.caller === undefined ? { ...identity, caller: first('maker') } : identity;
  };

  const agent: Identities['agent'] = async () => {
    if (signs.inside === undefined && processes.length === 0 && signs.token === undefined) return undefined;
    const { caller, doubt } = await look().catch(() => UNREADABLE);
    if (doubt !== undefined && !told.has(doubt)) {
      told.add(doubt);
      onDoubt(caller, doubt);
    }
    return caller;
  };
  return { agent, callerOf: async (request) => (await agent()) ?? unmanagedCaller(request) };
}
