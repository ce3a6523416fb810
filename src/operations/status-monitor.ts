import * as z from 'zod';
import { AGENT_STATES, type AgentState } from '../kernel/agent-words.js';
import { given } from './place.js';
import type { MonitorFacts, ProgramStatus } from './program-status.js';
import { plural } from './view.js';

export const monitorFields = {
  monitor: z
    .object({
      state: z.enum(['watching', 'nobody', 'off']).describe('off: monitoring.enabled is false'),
      holder: z
        .object({
          pid: z.int(),
          kind: z.enum(['serve', 'background', 'foreground']).describe('What it runs in'),
          since: z.string().describe('ISO 8601'),
          here: z.boolean().describe('It is this process'),
        })
        .optional()
        .describe('The process that watches over this tmux server'),
      rounds: z.int().describe('Looks of that process at the whole server, as it told within the last seconds'),
      last_round_ms: z.number().optional().describe('How long the last one took'),
    })
    .optional()
    .describe('Missing when its state cannot be read'),
  cache: z
    .object({
      entries: z.int(),
      max_entries: z.int(),
      bytes: z.int(),
      hits: z.int(),
      misses: z.int(),
      evictions: z
        .object({ room: z.int(), age: z.int(), gone: z.int(), empty: z.int(), broken: z.int() })
        .describe('room: for want of it; age: too old; gone: the pane is; empty: nothing stood there'),
      sweeps: z.int(),
    })
    .describe('Terminal states that this process keeps while it watches'),
  agents: z
    .object({ total: z.int(), by_state: z.partialRecord(z.enum(AGENT_STATES), z.int()) })
    .optional()
    .describe('As they were seen last'),
};
interface MonitorPart {
  monitor?: z.output<typeof monitorFields.monitor>;
  cache: z.output<typeof monitorFields.cache>;
  agents?: z.output<typeof monitorFields.agents>;
}

function monitorOf({ isEnabled, holder, isHere }: MonitorFacts): NonNullable<MonitorPart['monitor']> {
  const by = holder && { pid: holder.pid, kind: holder.kind, since: new Date(holder.since).toISOString(), here: isHere };
  const state = holder !== undefined ? 'watching' : isEnabled ? 'nobody' : 'off';
  const { rounds = 0, lastRoundMs } = holder?.pulse ?? {};
  return { state, ...given('holder', by), rounds, ...given('last_round_ms', lastRoundMs) };
} // prettier-ignore

function agentsOf(states: readonly AgentState[]): NonNullable<MonitorPart['agents']> {
  const counts = AGENT_STATES.map((state) => [state, states.filter((one) => one === state).length] as const);
  return { total: states.length, by_state: Object.fromEntries(counts.filter(([, count]) => count > 0)) };
}

/** @param serverPid of the tmux server; undefined where none runs */
export async function monitorPart(program: ProgramStatus, serverPid: number | undefined): Promise<MonitorPart> {
  const unreadable = (): undefined => undefined;
  const [facts, states] = await Promise.all([
    program.monitor().catch(unreadable),
    serverPid === undefined ? [] : program.agentStates(serverPid).catch(unreadable),
  ]);
  const { maxEntries: max_entries, ...cache } = program.cache;
  return {
    ...given('monitor', facts && monitorOf(facts)),
    cache: { ...cache, max_entries },
    ...given('agents', states && agentsOf(states)),
  };
}

export function monitorFacts({ monitor, agents }: MonitorPart): [string, string][] {
  const facts: [string, string][] = [];
  if (agents !== undefined && agents.total > 0) {
    const states = Object.entries(agents.by_state).map(([state, count]) => `${String(count)} ${state}`);
    facts.push(['agents', `${String(agents.total)}: ${states.join(', ')}`]);
  }
  if (monitor?.state === 'off') facts.push(['monitor', 'switched off by monitoring.enabled']);
  if (monitor?.state === 'nobody') facts.push(['monitor', 'nobody watches; tmux-orc monitor start does, and so does each host']);
  if (monitor?.holder !== undefined) {
    const { pid, kind, since, here } = monitor.holder;
    const took = monitor.last_round_ms === undefined ? '' : `, ${plural(monitor.rounds, 'round')}, the last in ${monitor.last_round_ms.toFixed(1)} ms`;
    facts.push(['monitor', `${here ? 'this process' : `pid ${String(pid)}`} (${kind}) since ${since}${took}`]);
  }
  return facts;
} // prettier-ignore
