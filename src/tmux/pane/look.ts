import { parsePaneId, type PaneId } from '../../kernel/ids.js';
import { displayWidth } from '../../kernel/width.js';
import type { Ask } from '../ask.js';
import { encode } from '../encode.js';
import type { CursorLine } from '../jobs/prompt.js';
import { JOB_ID } from '../jobs/job.js';

/** A pane at one moment, as far as typing into it is concerned. */
export interface Look {
  readonly id: PaneId;
  readonly serverPid: number;
  readonly serverStartedAt: number;
  readonly pid: number;
  readonly dead: boolean;
  readonly inputOff: boolean;
  readonly mode: string;
  readonly alternate: boolean;
  readonly synchronized: boolean;
  readonly command: string;
  readonly cursorX: number;
  readonly cursorY: number;
  readonly historySize: number;
  /** The job that the pane says it runs. */
  readonly job: string;
  readonly line: CursorLine;
}

const FACTS = [
  'pane_id', 'pid', 'start_time', 'pane_pid', 'pane_dead', 'pane_input_off', 'pane_mode', 'alternate_on', 'pane_synchronized', 'cursor_x', 'cursor_y',
  'history_size', 'pane_width', '@orc_job', 'pane_current_command',
] as const; // prettier-ignore
const FORMAT = [...FACTS.map((name) => `#{${name}}`), '#{pane_current_path}'].join('\t');
/** A prompt, or a half-typed line, of more rows than this is cut at its beginning. */
const ROWS_ABOVE = 60;

function linesOf(body: Buffer): string[] {
  return body.toString('utf8').replace(/\n$/, '').split('\n');
}

/** The cursor's line. A prompt that fills its row leaves the cursor on an empty one below. */
function cursorLine(lines: readonly string[], cursorX: number, width: number): string {
  const [above = '', last = ''] = lines.length > 1 ? lines.slice(-2) : ['', lines[0]];
  const filled = last === '' && cursorX === 0 && above !== '' && displayWidth(above) % width === 0;
  return filled ? above : last;
}

/** The cursor's logical line, and its last row. */
interface CursorText {
  readonly joined: Buffer;
  readonly row: Buffer;
}

async function readLine(ask: Ask, id: PaneId, cursorY: number): Promise<CursorText> {
  const y = String(cursorY);
  // `-J` gives the whole logical line; `-N` keeps the trailing spaces of its last row.
  const [joined, row] = await Promise.all([
    ask.read(encode(['capture-pane', '-p', '-J', '-S', String(cursorY - ROWS_ABOVE), '-E', y, '-t', id])),
    ask.read(encode(['capture-pane', '-p', '-N', '-S', y, '-E', y, '-t', id])),
  ]);
  return { joined, row };
}

/**
 * @param guess the row where the cursor was last seen: when it still stands there, one exchange is enough.
 * @returns undefined when the pane is gone.
 */
export async function look(ask: Ask, id: PaneId, guess?: number): Promise<Look | undefined> {
  const asked = ask.read(encode(['display-message', '-p', '-t', id, FORMAT]));
  // After the facts: what changes in between must not look older than them.
  const guessed = guess === undefined ? undefined : readLine(ask, id, guess);
  guessed?.catch(() => undefined);
  const facts = await asked;
  const parts = facts.toString('utf8').replace(/\n$/, '').split('\t');
  const fact = Object.fromEntries(FACTS.map((name, index) => [name, parts[index] ?? ''])) as Record<
    (typeof FACTS)[number],
    string
  >;
  // display-message answers for another pane, or with nothing, when the one asked for is gone (cmd-find.c, CANFAIL).
  if (parsePaneId(fact.pane_id) !== id) return undefined;
  const cursorY = Number(fact.cursor_y);
  const { joined, row } = await (guessed !== undefined && guess === cursorY ? guessed : readLine(ask, id, cursorY));
  const job = fact['@orc_job'];
  return {
    id,
    serverPid: Number(fact.pid),
    serverStartedAt: Number(fact.start_time),
    pid: Number(fact.pane_pid),
    dead: fact.pane_dead === '1',
    inputOff: fact.pane_input_off === '1',
    mode: fact.pane_mode,
    alternate: fact.alternate_on === '1',
    synchronized: fact.pane_synchronized === '1',
    command: fact.pane_current_command,
    cursorX: Number(fact.cursor_x),
    cursorY,
    historySize: Number(fact.history_size),
    job: JOB_ID.test(job) ? job : '',
    line: {
      text: cursorLine(linesOf(joined), Number(fact.cursor_x), Number(fact.pane_width)),
      cursorX: Number(fact.cursor_x),
      row: linesOf(row).at(-1) ?? '',
      width: Number(fact.pane_width),
      cwd: parts.slice(FACTS.length).join('\t'),
    },
  };
}
