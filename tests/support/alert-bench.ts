import { createMessages, type Messages } from '../../src/agents/delivery/messages.js';
import { createDoneMarks, type DoneMarks } from '../../src/agents/done.js';
import type { AgentState } from '../../src/kernel/agent-words.js';
import { createAlerts } from '../../src/monitor/alerts.js';
import { createEventLog, type MonitorEvent } from '../../src/monitor/event-log.js';
import type { AgentView } from '../../src/monitor/fleet.js';
import { createNotices, type Sent } from '../../src/monitor/notices.js';
import { createMemoryStore } from '../../src/store/memory-store.js';
import type { StateStore } from '../../src/store/store.js';
import { fakeBootClock } from './store-world.js';

/** What a test says of an agent; the rest is that of a developer that has worked and is idle. */
export interface Given {
  readonly role?: string;
  readonly team?: string | null;
  readonly owner?: string;
  readonly state?: AgentState;
  readonly seq?: number;
  readonly provider?: string;
  readonly panePid?: number;
  readonly bornAt?: number;
  readonly isPaneGone?: boolean;
  readonly isUnwanted?: true;
  readonly resetsAt?: number;
}

/** Agents that a test moves, and what the monitor makes of them; time stands still until it passes. */
export interface AlertBench {
  readonly store: StateStore;
  readonly messages: Messages;
  readonly done: DoneMarks;
  readonly time: ReturnType<typeof fakeBootClock>;
  /** An agent is so from now on. */
  readonly set: (name: string, given?: Given) => void;
  readonly remove: (name: string) => void;
  /** Runs both duties again and again. @returns what the event log has got, as short words */
  readonly pass: (seconds: number, stepSeconds?: number) => Promise<readonly string[]>;
  /** Another process watches from now on. */
  readonly handOver: () => void;
  readonly events: () => Promise<readonly MonitorEvent[]>;
  /** Digests so far: to whom, and what. */
  readonly sent: { readonly lead: string; readonly text: string; readonly key: string }[];
  readonly told: MonitorEvent[];
  readonly settings: { idleMinutes: number[]; cooldownMs: number; isHeld: boolean; answer: (lead: string) => Sent | Promise<Sent> };
} // prettier-ignore

const wordOf = ({ kind, agent, team, minutes }: MonitorEvent): string =>
  [kind, agent ?? team, ...(minutes === undefined ? [] : [minutes])].join(' ');

export function createAlertBench(): AlertBench {
  const time = fakeBootClock();
  const store = createMemoryStore(time.clock);
  const messages = createMessages(store);
  const done = createDoneMarks(store);
  const views = new Map<string, AgentView>();
  const given = new Map<string, Given>();
  const sent: AlertBench['sent'] = [];
  const told: MonitorEvent[] = [];
  let count = 0;
  const settings: AlertBench['settings'] = {
    ...{ idleMinutes: [3, 5, 8], cooldownMs: 300_000, isHeld: true },
    answer: () => ({ message: `m${String(++count)}` }),
  };
  const isShell = (): Promise<(id: string) => boolean> => Promise.resolve((id) => id === 'shell');
  const isHeld = (): Promise<boolean> => Promise.resolve(settings.isHeld);
  const idleMinutes = (): number[] => settings.idleMinutes;
  const make = () => ({
    alerts: createAlerts({ store, idleMinutes, done: done.all, waiting: messages.counts, isShell }),
    notices: createNotices({
      ...{ store, isShell, isHeld, messages, cooldownMs: () => settings.cooldownMs },
      tell: (event) => told.push(event),
      wrap: (text) => `[monitor]\n${text}`,
      newKey: () => `key ${String(++count)}`,
      send: async (lead, text, key) => {
        sent.push({ lead, text, key });
        return settings.answer(lead);
      },
    }),
  });
  let holder = make();
  const set: AlertBench['set'] = (name, more = {}) => {
    const old = given.get(name) ?? {};
    const next = { ...old, ...more };
    given.set(name, next);
    const { state = 'idle', seq = 2, panePid = 100, isPaneGone = false, bornAt = 0 } = next;
    const isKept = (old.state ?? 'idle') === state && views.has(name);
    const since = isKept ? views.get(name)!.facts.since : time.clock().wall;
    const rule = isPaneGone ? 'pane_gone' : 'rule';
    const view = {
      agent: { name, role: next.role ?? 'developer', team: next.team ?? null, owner: next.owner ?? 'operator', panePid, since: bornAt }, 
      facts: { name, state, seq, since, provider: next.provider ?? 'claude' },
      record: { unwanted: next.isUnwanted },
      look: { verdict: { winner: { rule } }, resetsAt: next.resetsAt },
      found: isPaneGone ? undefined : { pane: { pid: panePid } },
    }; // prettier-ignore
    views.set(name, view as unknown as AgentView);
  };
  const events = (): Promise<readonly MonitorEvent[]> => createEventLog(store).after(0);
  return {
    ...{ store, messages, done, time, set, sent, told, settings, events },
    remove: (name) => {
      views.delete(name);
      given.delete(name);
    },
    handOver: () => {
      holder = make();
    },
    pass: async (seconds, step = 1) => {
      const from = await createEventLog(store).last();
      for (let left = seconds; left > 0; left -= step) {
        const { awake, wall } = time.clock();
        await holder.alerts.run({ agents: views, now: { mono: awake, wall } });
        await holder.notices.run({ agents: views }, new AbortController().signal);
        time.pass(step * 1000);
      }
      return (await createEventLog(store).after(from)).map(wordOf);
    },
  };
}
