import { isDone, type DoneMark } from '../agents/done.js';
import { isEndedState } from '../kernel/agent-words.js';
import { defineTable, type Reading, type StateStore } from '../store/store.js';
import { judgeAgent, type Remembered, type Sighting, stepsOf } from './alert-rules.js';
import type { RoundView } from './duties.js';
import { type MonitorEvent, type NewEvent, putEvents } from './event-log.js';
import type { AgentView } from './fleet.js';
import { leadOf, rankOf } from './leads.js';
import { judgeTeam, type Member, type TeamTold } from './team-rules.js';

const agentRows = defineTable<Remembered>('alert_agents', { version: 1, read: (value) => value as Remembered });
const teamRows = defineTable<TeamTold>('alert_teams', { version: 1, read: (value) => value as TeamTold });
const MAX_ROWS = 10_000;

export interface AlertSources {
  /** Of the tmux server that is watched. */
  readonly store: StateStore;
  /** Idle times that are told, in minutes. */
  readonly idleMinutes: () => readonly number[];
  /** Those whose work was said to be done. */
  readonly done: () => Promise<ReadonlyMap<string, DoneMark>>;
  /** How many messages wait, by agent. */
  readonly waiting: () => Promise<ReadonlyMap<string, number>>;
  /** Whether the agents of a provider are plain shells. */
  readonly isShell: () => Promise<(provider: string) => boolean>;
}

/** Tells what is news of agents and teams, each once, in the event log. */
export interface Alerts {
  readonly run: (view: Pick<RoundView, 'agents' | 'now'>) => Promise<readonly MonitorEvent[]>;
}

const GONE: readonly string[] = ['pane_gone', 'pane_runs_another'];

/** Its pane is gone, or runs another program: how it ended was not seen. */
export const isMissing = ({ look }: Pick<AgentView, 'look'>): boolean => GONE.includes(look.verdict.winner?.rule ?? '');

/** What somebody has ended, or may have: whoever is told that it is gone would start it again. */
function isNoNews(view: AgentView): boolean {
  const { isFromCopy, unwanted } = view.record;
  return isFromCopy === true ? isEndedState(view.facts.state) : unwanted === true && isMissing(view);
}

const isBusy = ({ facts }: AgentView): boolean => facts.state === 'working' || facts.state === 'starting';

/** Those who are done, or whose lead is: it has nothing more for them. */
function doneOf(views: readonly AgentView[], marks: ReadonlyMap<string, DoneMark>): ReadonlySet<string> {
  const isMarked = ({ agent, facts }: AgentView): boolean => isDone(marks.get(agent.name), agent.panePid, facts.seq);
  const names = new Set(views.filter(isMarked).map(({ agent }) => agent.name));
  if (names.size === 0) return names;
  const all = views.map(({ agent }) => agent);
  const led = all.filter((agent) => names.has(leadOf(agent, all)?.name ?? ''));
  return new Set([...names, ...led.map(({ name }) => name)]);
}

/** Names of agents that lead one that is at work. */
function leadsOfBusy(views: readonly AgentView[]): ReadonlySet<string> {
  const all = views.map(({ agent }) => agent);
  return new Set(views.filter(isBusy).flatMap(({ agent }) => leadOf(agent, all)?.name ?? []));
}

async function sightings(sources: AlertSources, views: readonly AgentView[]): Promise<readonly Sighting[]> {
  const [marks, waiting, isShell] = await Promise.all([sources.done(), sources.waiting(), sources.isShell()]);
  const [busy, done] = [leadsOfBusy(views), doneOf(views, marks)];
  return views.map((view): Sighting => {
    const { name, team, panePid, since: agentSince } = view.agent;
    const { state, since, seq, provider } = view.facts;
    return {
      ...{ name, team, agentSince, panePid, state, since, seq, resetsAt: view.look.resetsAt },
      ...{ isMissing: isMissing(view), isShell: isShell(provider), isDone: done.has(name) },
      ...{ hasMail: (waiting.get(name) ?? 0) > 0, hasBusy: busy.has(name) },
    };
  });
}

/** Rows that are to be written; undefined: to be removed. */
interface News {
  readonly events: readonly NewEvent[];
  readonly agents: readonly (readonly [string, Remembered | undefined])[];
  readonly teams: readonly (readonly [string, TeamTold | undefined])[];
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const rowsOf = <Row>(view: Reading, table: Parameters<typeof view.list<Row>>[0]): Map<string, Row> =>
  new Map(view.list(table, { limit: MAX_ROWS }).map(({ key, row }) => [key, row]));

function judgeAll(view: Reading, seen: readonly Sighting[], leads: ReadonlySet<string>, wall: number, steps: readonly number[]): News {
  const [agents, teams] = [rowsOf(view, agentRows), rowsOf(view, teamRows)];
  const now = { mono: view.now.mono, wall };
  const judged = seen.map((one) => ({ seen: one, before: agents.get(one.name), ...judgeAgent(one, agents.get(one.name), now, steps) }));
  const members = new Map<string, Member[]>();
  for (const { seen: one, kept } of judged) {
    if (one.team === null) continue;
    const list = members.get(one.team) ?? [];
    members.set(one.team, list);
    list.push({ seen: one, idle: kept.idle, isLead: leads.has(one.name) });
  }
  const ofTeams = [...members].map(([team, list]) => [team, judgeTeam(team, list, teams.get(team), now.mono, steps)] as const);
  const names = new Set(seen.map(({ name }) => name));
  return {
    events: [...judged.flatMap(({ events }) => events), ...ofTeams.flatMap(([, { events }]) => events)],
    agents: [
      ...judged.filter(({ kept, before }) => !isSame(kept, before)).map(({ seen: one, kept }) => [one.name, kept] as const),
      ...[...agents.keys()].filter((name) => !names.has(name)).map((name) => [name, undefined] as const),
    ],
    teams: [
      ...ofTeams.filter(([team, { told }]) => !isSame(told, teams.get(team))).map(([team, { told }]) => [team, told] as const),
      ...[...teams.keys()].filter((team) => !members.has(team)).map((team) => [team, undefined] as const),
    ],
  };
} // prettier-ignore

export function createAlerts(sources: AlertSources): Alerts {
  const { store, idleMinutes } = sources;
  return {
    run: async ({ agents, now }) => {
      const views = [...agents.values()].filter((view) => !isNoNews(view));
      const seen = await sightings(sources, views);
      const leads = new Set(views.filter(({ agent }) => rankOf(agent) > 0).map(({ agent }) => agent.name));
      const judge = (view: Reading): News => judgeAll(view, seen, leads, now.wall, stepsOf(idleMinutes()));
      const first = await store.read(judge);
      if (first.agents.length === 0 && first.teams.length === 0) return [];
      return store.transact((tx) => {
        // By what stands there now: somebody else may have told it meanwhile.
        const news = judge(tx);
        for (const [name, row] of news.agents) if (row === undefined) tx.delete(agentRows, name); else tx.put(agentRows, name, row);
        for (const [team, row] of news.teams) if (row === undefined) tx.delete(teamRows, team); else tx.put(teamRows, team, row);
        return putEvents(tx, news.events);
      });
    },
  };
} // prettier-ignore
