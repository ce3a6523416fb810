import type { App } from '../../app/create-app.js';
import { within } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';
import { enter, entryTo, insideOf, requirePerson, type Surroundings } from '../attach.js';
import { followLines } from './lines.js';
import { Screen } from './screen.js';
import { createSource } from './source.js';
import { inert } from './style.js';
import { findWanted, type Wanted } from './wanted.js';

export interface WatchFlags {
  /** Milliseconds. */
  readonly interval: number;
  readonly lines?: number;
}

const ENDINGS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
/** More than any screen has rows. */
const ALL_LINES = 1000;
const CLOSE_GRACE_MS = 700;

/** The pane that shows this program: what it prints would change it again, without end. */
function ownPane(app: App): string | undefined {
  return insideOf(app.server().socketPath, process.env) === 'this server' ? process.env.TMUX_PANE : undefined;
}

async function findPanes(app: App, targets: readonly string[], signal: AbortSignal): Promise<Wanted> {
  const own = ownPane(app);
  if (targets.length > 0 && targets.every((target) => target === own))
    throw new OrcError('INVALID_INPUT', 'targets: this pane cannot watch itself.', {
      hint: 'Name others, or none for all.',
    });
  const wanted = await findWanted(createSource(app, signal), targets);
  return (pane) => pane.id !== own && wanted(pane);
}

async function printLines(
  app: App,
  json: boolean,
  targets: readonly string[],
  { interval, lines = 0 }: WatchFlags,
): Promise<number> {
  const ending = new AbortController();
  let exitCode = 0;
  const listeners = Object.entries(ENDINGS).map(([signal, code]) => {
    const listener = (): void => {
      exitCode = code;
      ending.abort();
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  try {
    await followLines({
      ...{ source: createSource(app, ending.signal), wanted: await findPanes(app, targets, ending.signal) },
      ...{ intervalMs: interval, firstLines: lines, json, signal: ending.signal },
      onTrouble: troubleTeller(),
    });
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    for (const { signal, listener } of listeners) process.off(signal, listener);
  }
  return exitCode;
}

/** Says on stderr what keeps it from looking, once for as long as it lasts. */
function troubleTeller(): (error: OrcError | undefined) => void {
  let told: string | undefined;
  return (error) => {
    if (error !== undefined && error.message !== told) process.stderr.write(`${error.code}: ${inert(error.message)}\n`);
    told = error?.message;
  };
}

async function showScreen(
  app: App,
  colour: boolean,
  targets: readonly string[],
  { interval, lines = ALL_LINES }: WatchFlags,
): Promise<number> {
  // A key of it attaches.
  await requirePerson(app);
  const ending = new AbortController();
  const wanted = await findPanes(app, targets, ending.signal);
  return new Screen({
    ...{ source: createSource(app, ending.signal), wanted, intervalMs: interval, maxLines: lines, colour, ending },
    entryTo: (pane) => entryTo(pane, app.server(), process.env, false),
    enter: (entry) => enter(entry, ending.signal),
  }).run();
}

/** Who quits does not wait for a tmux that does not answer. */
async function closeSoon(app: App): Promise<void> {
  await within(app.close(), CLOSE_GRACE_MS);
}

/** Watches until the person, a signal or, piped, the end of the last pane ends it. */
export async function runWatch(
  { open, json, colour, exit }: Surroundings,
  targets: readonly string[],
  flags: WatchFlags,
): Promise<void> {
  const person = process.stdin.isTTY && process.stdout.isTTY && process.env.TERM !== 'dumb' && !json;
  const app = await open(false, person ? 'none' : 'short');
  let exitCode: number;
  try {
    exitCode = await (person ? showScreen(app, colour, targets, flags) : printLines(app, json, targets, flags));
  } finally {
    await closeSoon(app);
  }
  exit(exitCode);
  process.stdout.write('', () => process.exit(exitCode));
}
