import { measuredIn, type MeasuredUsage, putMeasured } from '../agents/usage.js';
import { isEndedState } from '../kernel/agent-words.js';
import type { StateStore } from '../store/store.js';
import type { Duty } from './duties.js';
import { aboutAgent, putEvents } from './event-log.js';
import type { AgentView } from './fleet.js';
import type { UsageMeter } from './process-usage.js';

export interface SamplingPorts {
  readonly store: StateStore;
  readonly meter: UsageMeter;
  /** Bound of the memory of one agent, in bytes; undefined where there is none. Read each time. */
  readonly maxMemoryBytes: () => number | undefined;
}

const EVERY_MS = 3000;
/** What has hardly changed is written all the same after so long: whoever reads it does not believe what is old. */
const AGAIN_MS = 9000;
/** A change of so many percent of a core, or by this part of the memory, is one. */
const NOTABLE = { cpu: 2, memory: 0.05 } as const;
/** It is told when an agent comes above the first part of its bound, and again only after it was below the second. */
const ALERT = { above: 0.8, below: 0.7 } as const;

function isNotable(now: MeasuredUsage, before: MeasuredUsage | undefined): boolean {
  if (before?.panePid !== now.panePid || before.isHigh !== now.isHigh) return true;
  const cpu = Math.abs((now.cpuPercent ?? 0) - (before.cpuPercent ?? 0));
  const memory = Math.abs(now.memoryBytes - before.memoryBytes);
  return cpu >= NOTABLE.cpu || memory >= before.memoryBytes * NOTABLE.memory;
}

function isHigh(bytes: number, wasHigh: boolean, bound: number | undefined): boolean {
  if (bound === undefined) return false;
  return bytes > bound * (wasHigh ? ALERT.below : ALERT.above);
}

/** Measures what the processes of all agents use, for every process to see. */
export function createSampling({ store, meter, maxMemoryBytes }: SamplingPorts): Duty {
  return {
    name: 'usage',
    everyMs: EVERY_MS,
    run: async ({ agents }) => {
      const views = [...agents.values()].filter(({ facts }) => !isEndedState(facts.state));
      if (views.length === 0) return;
      const used = meter.sample(views.map(({ agent }) => agent.panePid));
      if (used === undefined) return;
      const bound = maxMemoryBytes();
      const before = await store.read((view) => ({ measured: measuredIn(view), now: view.now.mono }));
      const of = (view: AgentView, old: Readonly<Record<string, MeasuredUsage>>): MeasuredUsage | undefined => {
        const { name, panePid } = view.agent;
        const usage = used.get(panePid);
        const was = old[name]?.panePid === panePid && old[name].isHigh === true;
        return usage && { ...usage, panePid, isHigh: isHigh(usage.memoryBytes, was, bound) || undefined };
      };
      const known = before.measured?.agents ?? {};
      const all = views.flatMap((view) => {
        const usage = of(view, known);
        return usage === undefined ? [] : [[view, usage] as const];
      });
      const isOld = before.now - (before.measured?.at ?? -Infinity) >= AGAIN_MS;
      if (!isOld && !all.some(([{ agent }, usage]) => isNotable(usage, known[agent.name]))) return;
      await store.transact((tx) => {
        const old = measuredIn(tx)?.agents ?? {};
        const events = all.flatMap(([view, usage]) => {
          const was = old[view.agent.name];
          const isTold = was?.panePid === usage.panePid && was.isHigh === true;
          return usage.isHigh === true && !isTold
            ? [{ kind: 'memory' as const, ...aboutAgent(view.agent), bytes: usage.memoryBytes }]
            : [];
        });
        putMeasured(tx, Object.fromEntries(all.map(([{ agent }, usage]) => [agent.name, usage])));
        putEvents(tx, events);
      });
    },
  };
}
