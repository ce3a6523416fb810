import { createFolderWatch } from './folder-watch.js';
import { type ConfigSources, loadConfig, type LoadedConfig, resolveConfig, type ResolvedConfig } from './load.js';
import { describeProblem } from './problem.js';
import { changedKeys, keepStarted, needsRestart } from './restart.js';
import { type Stamp, takeStamp } from './stamp.js';

/** The config of a running program. */
export interface LiveConfig {
  /** What holds now: the last good values. Its warnings tell when a changed file is refused. */
  readonly current: () => LoadedConfig;
  /** Looks at the files until it is closed. Nothing of it keeps the process alive. */
  readonly watch: () => void;
  readonly close: () => void;
}

export interface LiveOptions extends ConfigSources {
  /** Told in words that hold no values; with the keys that have new ones. */
  readonly onChange?: (level: 'info' | 'warn', message: string, changed: readonly string[]) => void;
  readonly pollMs?: number;
  readonly settleMs?: number;
}

/** For folders that do not exist yet, and for file systems that tell nothing. */
const POLL_MS = 2000;
/** A file counts once it has stayed the same for so long: whoever rewrites it in place first empties it. */
const SETTLE_MS = 100;
/** Times as long for one that was emptied: it would put the defaults in the place of what somebody has chosen. */
const EMPTY_ROUNDS = 20;
const MAX_TOLD = 5;

function toldKeys(keys: readonly string[]): string {
  const more = keys.length - MAX_TOLD;
  return keys.slice(0, MAX_TOLD).join(', ') + (more > 0 ? ` and ${String(more)} more` : '');
}

/** What follows from newly read files. */
function follow(
  running: LoadedConfig,
  good: LoadedConfig,
  next: ResolvedConfig,
): { readonly state: LoadedConfig; readonly good: LoadedConfig } {
  const [problem] = next.problems;
  if (problem !== undefined) {
    const note = `The changed config is refused, the last good values stay. ${describeProblem(problem)}`;
    return { state: { ...good, warnings: [...good.warnings, note] }, good };
  }
  const waiting = changedKeys(running, next).filter(needsRestart);
  const notes = waiting.length === 0 ? [] : [`Changed, but only in effect after a restart: ${toldKeys(waiting)}.`];
  const state = { ...next, ...keepStarted(running, next), warnings: [...next.warnings, ...notes] };
  return { state, good: state };
}

/**
 * Loads the config and keeps it up to date.
 * @throws OrcError CONFIG_INVALID when what is there at the start is refused
 */
export async function openConfig(options: LiveOptions): Promise<LiveConfig> {
  const { onChange = () => undefined, pollMs = POLL_MS, settleMs = SETTLE_MS } = options;
  let seen = takeStamp(options);
  let good: LoadedConfig = await loadConfig(options);
  let state = good;
  const folders = createFolderWatch(look);
  let poll: NodeJS.Timeout | undefined;
  let settling: NodeJS.Timeout | undefined;
  let reading = false;
  let closed = false;

  const read = async (at: Stamp): Promise<void> => {
    reading = true;
    seen = at;
    try {
      const next = await resolveConfig(options);
      if (closed || takeStamp(options).text !== at.text) return;
      const before = state;
      ({ state, good } = follow(before, good, next));
      for (const message of state.warnings) if (!before.warnings.includes(message)) onChange('warn', message, []);
      const changed = changedKeys(before, state);
      if (changed.length > 0) onChange('info', `The config has changed: ${toldKeys(changed)}.`, changed);
    } catch {
      onChange('warn', 'The changed config cannot be read, the last good values stay.', []);
    } finally {
      reading = false;
      look();
    }
  };

  const settle = (before: Stamp, rounds = before.hasEmpty && !seen.hasEmpty ? EMPTY_ROUNDS : 1): void => {
    settling = setTimeout(() => {
      settling = undefined;
      const now = takeStamp(options);
      if (now.text !== before.text) settle(now);
      else if (rounds > 1) settle(before, rounds - 1);
      else void read(now);
    }, settleMs).unref();
  };

  function look(): void {
    if (closed || reading || settling !== undefined) return;
    const now = takeStamp(options);
    if (poll !== undefined) folders.watch(now.folders);
    if (now.text !== seen.text) settle(now);
  }

  return {
    current: () => state,
    watch: () => {
      if (closed || poll !== undefined) return;
      poll = setInterval(look, pollMs).unref();
      look();
    },
    close: () => {
      closed = true;
      clearInterval(poll);
      clearTimeout(settling);
      folders.close();
    },
  };
}
