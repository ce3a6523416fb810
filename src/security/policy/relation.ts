import { agentByName, agentOfPane, type ManagedAgent } from '../../store/managed-agents.js';
import type { Reading } from '../../store/store.js';
import type { Caller } from '../ring.js';
import { type Made, madeBy } from '../risk/creations.js';
import type { RiskTarget } from '../risk/target.js';
import type { Relation } from './judge.js';

const CLOSENESS: readonly Relation[] = ['foreign', 'team', 'own', 'self'];
const rank = (relation: Relation): number => CLOSENESS.indexOf(relation);
const closer = (one: Relation, other: Relation): Relation => (rank(one) >= rank(other) ? one : other);
const farther = (one: Relation, other: Relation): Relation => (rank(one) <= rank(other) ? one : other);

const AGENT = 'agent:';

const sharesTeam = ({ agent }: Caller, other: ManagedAgent | undefined): boolean =>
  agent !== undefined && agent.team !== null && other?.team === agent.team;

/** What an agent of the same name made, or started, that is no longer there, is not its successor's. */
const isOfThisLife = ({ agent }: Caller, at: number): boolean => agent === undefined || at >= agent.since;

/** What an agent is to a caller on the same tmux server. */
function toAgent(caller: Caller, agent: ManagedAgent): Relation {
  const isSelf = ({ name, pane, server }: ManagedAgent): boolean =>
    name === agent.name && pane === agent.pane && server.startedAt === agent.server.startedAt;
  if (caller.agent !== undefined && isSelf(caller.agent)) return 'self';
  if (agent.owner === caller.id && isOfThisLife(caller, agent.since)) return 'own';
  return sharesTeam(caller, agent) ? 'team' : 'foreign';
}

function toMaker(view: Reading, caller: Caller, made: Made | undefined): Relation {
  if (made === undefined) return 'foreign';
  const { maker, at } = made;
  if (maker === caller.id) return isOfThisLife(caller, at) ? 'own' : 'foreign';
  if (caller.agent === undefined || !maker.startsWith(AGENT)) return 'foreign';
  return sharesTeam(caller, agentByName(view, maker.slice(AGENT.length))) ? 'team' : 'foreign';
}

/** What a session, window or pane without agents is to a caller: made by it, or lying in what it made. */
function toPlace(view: Reading, caller: Caller, { kind, server, sessions, window, panes }: RiskTarget): Relation {
  const made = (id: string, pid?: number): Relation => toMaker(view, caller, madeBy(view, server, id, pid));
  // A window that is linked into several sessions has to be the caller's in all of them.
  const held = sessions.map(({ id }) => made(id)).reduce<Relation>(farther, sessions.length === 0 ? 'foreign' : 'self');
  const [pane] = panes;
  const inWindow = kind === 'session' || window === undefined ? held : closer(held, made(window.id));
  return kind === 'pane' && pane !== undefined ? closer(inWindow, made(pane.id, pane.pid)) : inWindow;
}

/**
 * What a thing is to a caller, by rows. A pane with an agent is that agent's, whoever made what it lies in, and what
 * holds such panes is no closer than the farthest of them.
 */
export function relationOf(view: Reading, caller: Caller, target: RiskTarget): Relation {
  // Names are of one tmux server: on another there may be an agent of this name, and a team.
  const home = caller.agent?.server;
  const isElsewhere = home?.pid !== target.server.pid || home.startedAt !== target.server.startedAt;
  if (home !== undefined && isElsewhere) return 'foreign';
  const place = toPlace(view, caller, target);
  return target.panes.reduce<Relation>((relation, { id, pid }) => {
    const agent = agentOfPane(view, id, target.server.pid);
    if (agent?.server.startedAt !== target.server.startedAt) return relation;
    // Another program runs there now, and nobody knows whose.
    const own = agent.panePid === pid ? toAgent(caller, agent) : 'foreign';
    if (target.kind === 'pane') return own;
    return farther(relation, own === 'self' ? 'own' : own);
  }, place);
}
