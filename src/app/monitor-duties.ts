import type { Duty } from '../monitor/duties.js';
import { keptIn } from './agents.js';
import type { DutyTools } from './duty-tools.js';
import { alerting, noticing } from './monitor-alerts.js';
import { pausingAccounts } from './monitor-limits.js';
import { recovering } from './monitor-recovery.js';
import { sampling } from './monitor-usage.js';
import { takeDueSnapshots } from './snapshots.js';

/** What waits for agents is delivered, whoever has sent it. */
function delivering({ store, tend }: DutyTools): Duty {
  const { messages } = keptIn(store);
  return {
    name: 'delivering',
    run: async ({ agents }) => {
      const waiting = await messages.counts();
      for (const name of waiting.keys()) if (agents.has(name)) tend(name);
    },
  };
}

/** A look at names of files: due ones are an hour apart. */
const SNAPSHOT_LOOK_MS = 60_000;

const snapshots = ({ store, userStore, clock, logger }: DutyTools): Duty => ({
  name: 'snapshots',
  everyMs: SNAPSHOT_LOOK_MS,
  run: async (_view, signal) => {
    const onProblem = (message: string): void => { logger.warn(message); }; // prettier-ignore
    await takeDueSnapshots([userStore, store], { now: clock.now(), signal, onProblem });
  },
});

/** What a process that watches does beside looking. */
export const monitorDuties = (tools: DutyTools): readonly Duty[] => [
  delivering(tools),
  snapshots(tools),
  pausingAccounts(tools),
  sampling(tools),
  recovering(tools),
  alerting(tools),
  noticing(tools),
];
