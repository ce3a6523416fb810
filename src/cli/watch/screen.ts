import { OrcError } from '../../kernel/errors.js';
import type { Entry } from '../attach.js';
import { type Fleet, type ListedPane, withListing, withText } from './fleet.js';
import { buildFrame } from './frame.js';
import { decodeKeys, type Key, restKeys } from './keys.js';
import { looked, poll } from './poll.js';
import type { Source } from './source.js';
import { openTerminal, repaint, type Terminal } from './terminal.js';
import { type Arrangement, FIRST_VIEW, press, type View, type Wish } from './view.js';
import type { Wanted } from './wanted.js';

export interface ScreenOptions {
  readonly source: Source;
  readonly wanted: Wanted;
  readonly intervalMs: number;
  readonly maxLines: number;
  readonly colour: boolean;
  /** How to show a pane in this terminal. */
  readonly entryTo: (pane: ListedPane) => Entry;
  readonly enter: (entry: Entry) => Promise<number>;
  /** Ends everything that is under way. */
  readonly ending: AbortController;
}

/** Faster is not seen, and costs. */
const FRAME_MS = 100;
/** Ages in the headers move on. */
const AGE_MS = 1000;
const NOTICE_MS = 6000;
/** An Escape that begins a sequence is followed by the rest of it at once. */
const ESCAPE_MS = 50;
const MAX_LOOK_LINES = 200;
const INTERRUPTED = 130;

/** One screen that shows many panes, until the person or a signal ends it. */
export class Screen {
  readonly #options: ScreenOptions;
  readonly #terminal: Terminal;
  readonly #lookedAt = new Map<string, number>();
  /** Undefined before the first listing. */
  #fleet: Fleet | undefined;
  #view: View = FIRST_VIEW;
  #notice: { readonly text: string; readonly until: number } | undefined;
  #trouble: string | undefined;
  #arrangement: Arrangement | undefined;
  #painted: readonly string[] | undefined;
  #paintedAt = -Infinity;
  /** The clock of the screen stands still while it is paused. */
  #now = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #escapeTimer: NodeJS.Timeout | undefined;
  #keyRest = '';
  #handedOver = false;
  #exitCode = 0;

  constructor(options: ScreenOptions) {
    this.#options = options;
    this.#terminal = openTerminal(process.stdin, process.stdout, {
      onInput: (text) => {
        this.#input(text);
      },
      onResize: () => {
        this.#redraw();
      },
      onContinue: () => {
        if (this.#handedOver) return;
        // It may have been stopped without being asked.
        this.#terminal.leave();
        this.#terminal.enter();
        this.#redraw();
      },
      onEnd: (exitCode) => {
        // Ctrl-C belongs to the program in front.
        if (!this.#handedOver || exitCode !== INTERRUPTED) this.#end(exitCode);
      },
    });
  }

  /** @returns the exit code of the program. */
  async run(): Promise<number> {
    const { ending, intervalMs } = this.#options;
    const ages = setInterval(() => {
      this.#invalidate();
    }, AGE_MS);
    try {
      this.#terminal.enter();
      this.#draw();
      await poll({
        ...{ intervalMs, signal: ending.signal },
        list: () => this.#list(),
        look: (id) => this.#look(id),
        panes: () => this.#looked(),
        paused: () => this.#view.paused || this.#handedOver,
        onTrouble: (error) => {
          // A line in the log may stand on the screen.
          if (this.#trouble !== error?.message) this.#redraw();
          this.#trouble = error?.message;
        },
      });
      return this.#exitCode;
    } finally {
      clearInterval(ages);
      clearTimeout(this.#timer);
      clearTimeout(this.#escapeTimer);
      this.#terminal.close();
    }
  }

  #end(exitCode: number): void {
    if (!this.#options.ending.signal.aborted) this.#exitCode = exitCode;
    // The screen goes at once; closing what is open may take a moment.
    this.#terminal.leave();
    this.#options.ending.abort();
  }

  async #list(): Promise<void> {
    const listed = (await this.#options.source.list()).filter(this.#options.wanted);
    // What was asked for before a pause, and comes in it, would move the screen.
    if (this.#view.paused) return;
    const ids = new Set(listed.map(({ id }) => id));
    for (const id of this.#lookedAt.keys()) if (!ids.has(id)) this.#lookedAt.delete(id);
    this.#fleet = withListing(this.#fleet ?? [], listed, performance.now());
    this.#invalidate();
  }

  async #look(id: string): Promise<void> {
    const { source, maxLines, colour } = this.#options;
    const lines = Math.min(maxLines, MAX_LOOK_LINES, Math.max(1, this.#terminal.size().rows));
    const { text } = await source.look(id, { lines, ansi: colour });
    if (this.#view.paused) return;
    const now = performance.now();
    this.#lookedAt.set(id, now);
    const fleet = this.#fleet ?? [];
    const changed = withText(fleet, id, text, now);
    if (changed === fleet) return;
    this.#fleet = changed;
    this.#invalidate();
  }

  #looked(): ReturnType<typeof looked>[] {
    const shown = new Set(this.#arrangement?.shown.map(({ id }) => id));
    return (this.#fleet ?? []).map((pane) => looked(pane, this.#lookedAt.get(pane.id), shown.has(pane.id)));
  }

  #input(text: string): void {
    clearTimeout(this.#escapeTimer);
    const { keys, rest } = decodeKeys(this.#keyRest + text);
    this.#keyRest = rest;
    if (rest !== '')
      this.#escapeTimer = setTimeout(() => {
        this.#keyRest = '';
        this.#press(restKeys(rest));
      }, ESCAPE_MS);
    this.#press(keys);
  }

  #press(keys: readonly Key[]): void {
    for (const key of keys) {
      if (this.#handedOver || this.#options.ending.signal.aborted) return;
      const { view, wish } = press(this.#view, this.#arrange(), key);
      this.#view = view;
      this.#notice = undefined;
      if (wish !== undefined) this.#grant(wish);
    }
    this.#invalidate();
  }

  #grant(wish: Wish): void {
    if (wish === 'quit') this.#end(0);
    else if (wish === 'suspend') this.#terminal.suspend();
    else if (wish === 'redraw') this.#redraw();
    else void this.#attach();
  }

  async #attach(): Promise<void> {
    const pane = this.#arrange().selected;
    if (pane === undefined) {
      this.#say('Select a pane first, with the arrow keys.');
      return;
    }
    try {
      const entry = this.#options.entryTo(pane);
      this.#handedOver = true;
      this.#terminal.leave();
      const exitCode = await this.#options.enter(entry);
      if (exitCode !== 0) this.#say(`tmux ended with status ${String(exitCode)}.`);
    } catch (error) {
      // What is to be done is the useful part, and there is one line for it.
      this.#say(error instanceof OrcError ? (error.hint ?? error.message) : 'tmux could not be started.');
    }
    this.#handedOver = false;
    if (this.#options.ending.signal.aborted) return;
    this.#lookedAt.clear();
    this.#terminal.enter();
    this.#redraw();
  }

  #say(text: string): void {
    this.#notice = { text, until: performance.now() + NOTICE_MS };
    this.#invalidate();
  }

  #invalidate(): void {
    if (this.#timer !== undefined || this.#options.ending.signal.aborted) return;
    const wait = Math.max(0, this.#paintedAt + FRAME_MS - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#draw();
    }, wait);
  }

  #redraw(): void {
    this.#painted = undefined;
    this.#invalidate();
  }

  #frame(): ReturnType<typeof buildFrame> {
    const { maxLines, colour } = this.#options;
    if (!this.#view.paused) this.#now = performance.now();
    const frame = buildFrame({
      ...{ fleet: this.#fleet, view: this.#view, size: this.#terminal.size(), now: this.#now },
      ...{ maxLines, colour, notice: this.#message() },
    });
    this.#arrangement = frame.arrangement;
    return frame;
  }

  /** As it is now: keys may come faster than frames. */
  #arrange(): Arrangement {
    return this.#frame().arrangement;
  }

  #message(): string | undefined {
    if (this.#notice !== undefined && performance.now() < this.#notice.until) return this.#notice.text;
    return this.#trouble;
  }

  #draw(): void {
    if (this.#handedOver || this.#options.ending.signal.aborted) return;
    this.#paintedAt = performance.now();
    const { lines } = this.#frame();
    const text = repaint(this.#painted, lines);
    this.#painted = lines;
    if (text !== '') this.#terminal.write(text);
  }
}
