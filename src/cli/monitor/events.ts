import type { MonitorTools } from '../../app/monitor-tools.js';
import { sleep } from '../../kernel/clock.js';
import { shown } from '../../kernel/text.js';
import { displayWidth } from '../../kernel/width.js';
import { plainText } from '../../operations/view.js';
import { type MonitorSurroundings, timeOf, untilEnded, withTools } from './surroundings.js';

export interface EventFlags {
  readonly lines: number;
  readonly follow?: true;
}

type MonitorEvent = Awaited<ReturnType<MonitorTools['lastEvents']>>[number];

const COLUMNS = ['TIME', 'EVENT', 'AGENT', 'TEAM', 'DETAIL'] as const;
/** What a row that comes later cannot widen any more. */
const WIDTHS = [20, 12, 16, 12, 0];
const POLL_MS = 300;
const TIMES = new Set(['at', 'agentSince', 'resetsAt']);
const MB = 1_048_576;

const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** An event as programs read it. */
export function eventFacts(event: MonitorEvent): Record<string, unknown> {
  const entries = Object.entries(event) as [string, unknown][];
  return Object.fromEntries(
    entries.map(([name, value]) => [
      snake(name),
      TIMES.has(name) && typeof value === 'number' ? new Date(value).toISOString() : value,
    ]),
  );
}

function detailOf({ state, before, minutes, resetsAt, bytes }: MonitorEvent): string {
  const change = before === undefined ? state : `${before} -> ${state ?? '?'}`;
  return [
    change,
    minutes === undefined ? undefined : `for ${String(minutes)} min`,
    resetsAt === undefined ? undefined : `until ${timeOf(resetsAt)}`,
    bytes === undefined ? undefined : `${String(Math.round(bytes / MB))} MB`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

const cellsOf = (event: MonitorEvent): string[] =>
  [timeOf(event.at), event.kind, event.agent ?? '', event.team ?? '', detailOf(event)].map((cell) => shown(cell));

/** An event in one line. */
export const eventText = (event: MonitorEvent): string =>
  cellsOf(event)
    .filter((cell) => cell !== '')
    .join(' ');

const padded = (cells: readonly string[]): string =>
  cells
    .map((cell, column) => cell + ' '.repeat(Math.max(0, (WIDTHS[column] ?? 0) - displayWidth(cell))))
    .join('  ')
    .trimEnd();

async function follow(tools: MonitorTools, from: number, print: (event: MonitorEvent) => void): Promise<void> {
  const signal = untilEnded();
  let last = from;
  while (!signal.aborted) {
    const found = await tools.eventsAfter(last);
    for (const event of found) print(event);
    last = found.at(-1)?.id ?? last;
    if (found.length === 0) await sleep(POLL_MS, signal).catch(() => undefined);
  }
}

/** Prints what happened to agents, and goes on with what happens. */
export async function showEvents(surroundings: MonitorSurroundings, flags: EventFlags): Promise<void> {
  const { output } = surroundings;
  const json = (event: MonitorEvent): void => { output.out(`${JSON.stringify(eventFacts(event))}\n`); }; // prettier-ignore
  await withTools(surroundings, async (tools) => {
    // One at least, so that it is known where to go on.
    const found = await tools.lastEvents(Math.max(1, flags.lines));
    const events = flags.lines === 0 ? [] : found;
    const rows = events.map(cellsOf);
    if (output.json) events.forEach(json);
    else if (flags.follow === true) for (const cells of [[...COLUMNS], ...rows]) output.out(`${padded(cells)}\n`);
    else output.out(`${rows.length === 0 ? 'No events.' : plainText({ table: { columns: COLUMNS, rows } })}\n`);
    if (flags.follow !== true) return;
    await follow(tools, found.at(-1)?.id ?? 0, output.json ? json : (event) => { output.out(`${padded(cellsOf(event))}\n`); }); // prettier-ignore
  });
}
