import type { AgentState } from '../kernel/agent-words.js';
import { defineTable, type StateStore } from '../store/store.js';
import { type MonitorEvent, type NewEvent, putEvents } from './event-log.js';
import type { AgentView } from './fleet.js';

/** How an agent was when an event of it was told last: whoever watches next tells none of them again. */
interface Told {
  readonly panePid: number;
  readonly state: AgentState;
  readonly team: string | null;
}

const told = defineTable<Told>('monitor_told', { version: 1, read: (value) => value as Told });
const MAX_AGENTS = 10_000;

/** Puts on record what is another state than before. Only for the process that watches: it keeps what it has told. */
export interface Transitions {
  /** @param names of all agents that there are */
  readonly record: (seen: readonly AgentView[], names: ReadonlySet<string>) => Promise<readonly MonitorEvent[]>;
}

const ofTeam = (team: string | null): Pick<NewEvent, 'team'> => (team === null ? {} : { team });

function changed({ agent: { name, team }, facts }: AgentView, before: Told | undefined): NewEvent {
  const was = before === undefined ? {} : { before: before.state };
  return { kind: 'state', agent: name, state: facts.state, seq: facts.seq, ...ofTeam(team), ...was };
}

/** @param store the state of that server */
export function createTransitions(store: StateStore): Transitions {
  let known: Map<string, Told> | undefined;
  const load = (): Promise<Map<string, Told>> =>
    store.read((view) => new Map(view.list(told, { limit: MAX_AGENTS }).map(({ key, row }) => [key, row])));
  return {
    record: async (seen, names) => {
      const before = (known ??= await load());
      const of = ({ agent }: AgentView): Told | undefined => {
        const row = before.get(agent.name);
        return row?.panePid === agent.panePid ? row : undefined;
      };
      const news = seen.filter((view) => of(view)?.state !== view.facts.state);
      const gone = [...before].filter(([name]) => !names.has(name));
      if (news.length === 0 && gone.length === 0) return [];
      const now = news.map((view) => [view.agent.name, { panePid: view.agent.panePid, state: view.facts.state, team: view.agent.team }] as const);
      const leaving = gone.map(([agent, row]): NewEvent => ({ kind: 'gone', agent, before: row.state, ...ofTeam(row.team) }));
      const events = await store.transact((tx) => {
        // Another process may have watched meanwhile, while this one stood still.
        const isNew = ([name, row]: readonly [string, Told]): boolean => {
          const kept = tx.get(told, name);
          return kept?.panePid !== row.panePid || kept.state !== row.state;
        };
        const fresh = now.map(isNew);
        const left = gone.map(([name]) => tx.get(told, name) !== undefined);
        for (const [name, row] of now) tx.put(told, name, row);
        for (const [name] of gone) tx.delete(told, name);
        const states = news.filter((_, index) => fresh[index]).map((view) => changed(view, of(view)));
        return putEvents(tx, [...states, ...leaving.filter((_, index) => left[index])]);
      });
      for (const [name, row] of now) before.set(name, row);
      for (const [name] of gone) before.delete(name);
      return events;
    },
  };
} // prettier-ignore
