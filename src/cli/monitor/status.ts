import { currentLogFile } from '../../app/monitor-log.js';
import type { MonitorFacts, MonitorTools } from '../../app/monitor-tools.js';
import type { View } from '../../operations/view.js';
import { eventFacts, eventText } from './events.js';
import { answer, type MonitorSurroundings, timeOf } from './surroundings.js';

type Holder = NonNullable<MonitorFacts['holder']>;
type Background = NonNullable<MonitorFacts['background']>;

const KINDS: Readonly<Record<Holder['kind'], string>> = {
  serve: 'serve of a host',
  background: 'the background process',
  foreground: 'monitor run',
};

export const currentHolder = ({ kind, pid }: Holder): string => `${KINDS[kind]}, process ${String(pid)}`;

function roundText({ pulse }: Holder): string {
  if (pulse === undefined || pulse.rounds === 0) return 'none yet';
  const took = pulse.lastRoundMs === undefined ? '' : `, the last took ${pulse.lastRoundMs.toFixed(1)} ms`;
  const away = pulse.isAway ? '; tmux does not answer, mostly because no server runs: it waits for one' : '';
  return `${String(pulse.rounds)}${took}${away}`;
}

function endText({ lastEnd }: Background): string {
  if (lastEnd === undefined) return '';
  const how = lastEnd.signal ?? (lastEnd.exitCode === undefined ? 'unknown' : `exit ${String(lastEnd.exitCode)}`);
  return `; the last one ended ${timeOf(lastEnd.at)} (${how})`;
}

function backgroundText(background: Background | undefined): string {
  if (background === undefined) return 'not started';
  const { keeper, child, starts, since } = background;
  if (!background.isRunning) return 'gone without being stopped; start it again: tmux-orc monitor start';
  const watcher =
    background.isChildRunning && child !== undefined ? `runs ${String(child.pid)}` : 'starts it again soon';
  return `process ${String(keeper.pid)} since ${timeOf(since)}, ${watcher}, start ${String(starts)}${endText(background)}`;
}

const iso = (ms: number): string => new Date(ms).toISOString();

function holderFacts({ kind, pid, since, pulse }: Holder): Record<string, unknown> {
  const { rounds = 0, lastRoundMs = null, isAway = false } = pulse ?? {};
  return {
    kind,
    pid,
    since: iso(since),
    rounds,
    last_round_ms: lastRoundMs,
    tmux_answers: rounds === 0 ? null : !isAway,
  };
}

function backgroundFacts(background: Background): Record<string, unknown> {
  const { isRunning, isChildRunning, keeper, since, child, starts, lastEnd } = background;
  const monitor = isChildRunning ? (child?.pid ?? null) : null;
  const { at = 0, exitCode = null, signal = null } = lastEnd ?? {};
  return {
    ...{ running: isRunning, pid: keeper.pid, since: iso(since), monitor_pid: monitor, starts },
    last_end: lastEnd === undefined ? null : { at: iso(at), exit_code: exitCode, signal },
  };
}

const factsOf = (
  { holder, background, lastEvent }: MonitorFacts,
  tools: MonitorTools,
  log: string | undefined,
): Record<string, unknown> => ({
  watching: holder !== undefined,
  enabled: tools.config.monitoring.enabled,
  holder: holder === undefined ? null : holderFacts(holder),
  background: background === undefined ? null : backgroundFacts(background),
  log_file: log ?? null,
  last_event: lastEvent === undefined ? null : eventFacts(lastEvent),
});

/** What to do where nothing watches. */
function adviceOf({ monitoring }: MonitorTools['config'], background: Background | undefined): string {
  if (!monitoring.enabled) return 'Nothing watches this tmux server: monitoring.enabled is false.';
  if (background?.isRunning !== true) return 'Nothing watches this tmux server. Start it: tmux-orc monitor start';
  return 'Nothing watches this tmux server now, but the background process runs. See why: tmux-orc monitor logs';
}

export async function showStatus(surroundings: MonitorSurroundings): Promise<void> {
  await answer(surroundings, async (tools) => {
    const facts = await tools.look();
    const { holder, background, lastEvent } = facts;
    const log = currentLogFile(tools.logFolder);
    surroundings.exit(holder === undefined ? 3 : 0);
    const view: View = {
      facts: [
        ['Watches', holder === undefined ? 'nothing' : `${currentHolder(holder)}, since ${timeOf(holder.since)}`],
        ...(holder === undefined ? [] : [['Rounds', roundText(holder)] as const]),
        ['Background', backgroundText(background)],
        ['Log', log ?? 'none yet'],
        ['Last event', lastEvent === undefined ? 'none yet' : eventText(lastEvent)],
      ],
      ...(holder === undefined ? { note: adviceOf(tools.config, background) } : {}),
    };
    return [factsOf(facts, tools, log), view];
  });
}
