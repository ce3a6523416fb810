import { once } from 'node:events';
import { OrcError } from '../../kernel/errors.js';
import { type ListedPane, stateOf, withoutEpitaph } from './fleet.js';
import { looked, poll } from './poll.js';
import type { Look, Source } from './source.js';
import { inert } from './style.js';
import type { Wanted } from './wanted.js';

export interface LinesOptions {
  readonly source: Source;
  readonly wanted: Wanted;
  readonly intervalMs: number;
  /** Lines of each pane to begin with. */
  readonly firstLines: number;
  readonly json: boolean;
  readonly signal: AbortSignal;
  /** See poll. */
  readonly onTrouble: (error: OrcError | undefined) => void;
}

interface Followed {
  pane: ListedPane;
  cursor: string | undefined;
  lookedAt: number | undefined;
  changedAt: number | undefined;
  readonly seenAt: number;
  /** How much of what it shows at the first look is told. */
  firstLines: number;
  toldGap: boolean;
}

type Event =
  | { readonly event: 'output'; readonly text: string; readonly lines_missed: number | null }
  | { readonly event: 'ended'; readonly exit_status?: number }
  | { readonly event: 'new' | 'gone' };

/** Most lines of one look; more follows in the next one. */
const LOOK_LINES = 1000;
const MAX_LOOKS = 5;
/** A pane that came later has printed nothing that is not new. */
const ALL_LINES = 5000;

/** So many lines make a place that can be found again (see the cursor of capture_pane). */
const ANCHOR_LINES = 8;

const lastLines = (text: string, count: number): string =>
  count === 0 ? '' : text.split('\n').slice(-count).join('\n');

/** Waits for a slow reader instead of piling up text for it. */
async function print(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** Tells what panes print, line by line. */
class Follower {
  readonly #options: LinesOptions;
  readonly #followed = new Map<string, Followed>();
  #listed = false;

  constructor(options: LinesOptions) {
    this.#options = options;
  }

  get done(): boolean {
    return this.#listed && this.#followed.size === 0;
  }

  panes(): ReturnType<typeof looked>[] {
    // All of them are listened to as closely as those on a screen.
    return [...this.#followed.values()].map((one) => looked({ ...one, id: one.pane.id }, one.lookedAt, true));
  }

  async list(): Promise<void> {
    const { source, wanted } = this.#options;
    const panes = (await source.list()).filter(wanted);
    const ids = new Set(panes.map(({ id }) => id));
    for (const { pane } of [...this.#followed.values()].filter(({ pane: { id } }) => !ids.has(id))) {
      this.#followed.delete(pane.id);
      await this.#tell(pane, { event: 'gone' });
    }
    for (const pane of panes) await this.#listPane(pane);
    this.#listed = true;
  }

  async #listPane(pane: ListedPane): Promise<void> {
    const known = this.#followed.get(pane.id);
    if (known === undefined) {
      this.#followed.set(pane.id, {
        ...{ pane, cursor: undefined, lookedAt: undefined, changedAt: undefined, seenAt: performance.now() },
        ...{ firstLines: this.#listed ? ALL_LINES : this.#options.firstLines, toldGap: false },
      });
      if (this.#listed) await this.#tell(pane, { event: 'new' });
    }
    const died = pane.dead && known?.pane.dead !== true;
    if (known !== undefined) known.pane = pane;
    if (!died || !this.#listed) return;
    // Its last words come before the news of its end.
    await this.look(pane.id).catch((error: unknown) => {
      if (!(error instanceof OrcError) || error.code !== 'NOT_FOUND') throw error;
    });
    const status = pane.exitStatus === undefined ? {} : { exit_status: pane.exitStatus };
    await this.#tell(pane, { event: 'ended', ...status });
  }

  async look(id: string): Promise<void> {
    const one = this.#followed.get(id);
    if (one === undefined) return;
    // A pane that prints faster than it can be read has no end; the others have their turn too.
    for (let left = MAX_LOOKS; left > 0 && !this.#options.signal.aborted; left--) {
      const first = one.cursor === undefined;
      const look = await this.#next(one);
      one.lookedAt = performance.now();
      one.cursor = look.cursor;
      const text = withoutEpitaph(first ? lastLines(look.text, one.firstLines) : look.text);
      if (text !== '') {
        one.changedAt = one.lookedAt;
        await this.#tell(one.pane, { event: 'output', text, lines_missed: look.lines_missed });
        if (look.lines_missed !== 0 && !one.toldGap && !this.#options.json) {
          one.toldGap = true;
          process.stderr.write(
            `${inert(one.pane.target)}: not a plain stream of lines; some may be missing or repeated\n`,
          );
        }
      }
      if (first || !look.truncated) return;
    }
  }

  async #next(one: Followed): Promise<Look> {
    const { source } = this.#options;
    const first = (): Promise<Look> => source.look(one.pane.id, { lines: Math.max(ANCHOR_LINES, one.firstLines) });
    if (one.cursor === undefined) return first();
    try {
      return await source.look(one.pane.id, { lines: LOOK_LINES, since: one.cursor });
    } catch (error) {
      // Another server gives the same ids to other panes: all that they show is new.
      if (!(error instanceof OrcError) || error.code !== 'INVALID_INPUT') throw error;
      one.firstLines = ALL_LINES;
      return first();
    }
  }

  async #tell(pane: ListedPane, event: Event): Promise<void> {
    const target = inert(pane.target);
    if (this.#options.json) {
      const at = new Date().toISOString();
      await print(`${JSON.stringify({ at, pane: pane.id, target, ...event })}\n`);
    } else if (event.event === 'output') {
      const lines = event.text.split('\n').map((line) => `${target}: ${inert(line)}\n`);
      await print(lines.join(''));
    } else if (event.event !== 'new') {
      process.stderr.write(`${target}: ${event.event === 'gone' ? 'gone' : stateOf(pane)}\n`);
    }
  }
}

/** Follows panes until the signal aborts or the last of them is gone. */
export async function followLines(options: LinesOptions): Promise<void> {
  const follower = new Follower(options);
  await poll({
    ...{ intervalMs: options.intervalMs, signal: options.signal },
    list: () => follower.list(),
    look: (id) => follower.look(id),
    panes: () => follower.panes(),
    paused: () => false,
    onTrouble: options.onTrouble,
    done: () => follower.done,
  });
}
