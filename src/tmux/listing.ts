import {
  type PaneId,
  parsePaneId,
  parseSessionId,
  parseWindowId,
  type SessionId,
  type WindowId,
} from '../kernel/ids.js';
import { encode } from './encode.js';

/** The tmux server a listing came from: ids mean something only within it. */
export interface ServerIdentity {
  readonly pid: number;
  /** Seconds since the epoch. */
  readonly startedAt: number;
}

export interface PaneRow {
  readonly id: PaneId;
  readonly server: ServerIdentity;
  readonly index: number;
  readonly active: boolean;
  /** Pid of the pane's first process: it changes when the pane is respawned, the id does not. */
  readonly pid: number;
  readonly dead: boolean;
  readonly exitStatus: number | undefined;
  readonly width: number;
  readonly height: number;
  /** Mode such as `copy-mode`; empty in none. */
  readonly mode: string;
  readonly inputOff: boolean;
  readonly synchronized: boolean;
  readonly alternate: boolean;
  /** Row of the cursor on the screen. */
  readonly cursorY: number;
  /** The same, counted from the oldest row in the history. */
  readonly cursorRow: number;
  readonly title: string;
  readonly command: string;
  readonly cwd: string;
  readonly tty: string;
  /** What options of the pane say of its agent. Any program can write them: they show, and decide nothing. */
  readonly agent: string | undefined;
  readonly agentRole: string | undefined;
  /** What the agent's CLI has told last (bin/hooks/event.sh), likewise. */
  readonly agentEvent: string | undefined;
  /** Id of the receipt of what was sent there last; empty for nothing, undefined where something else stands there. */
  readonly lastSent: string | undefined;
}

export interface WindowRow {
  readonly id: WindowId;
  readonly index: number;
  readonly name: string;
  readonly active: boolean;
  readonly panes: readonly PaneRow[];
}

export interface SessionRow {
  readonly id: SessionId;
  readonly name: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
  /** Folder that new windows start in. */
  readonly cwd: string;
  /** People's clients; control mode clients, ours among them, do not count. */
  readonly attachedClients: number;
  readonly windows: readonly WindowRow[];
}

export interface Listing {
  readonly sessions: readonly SessionRow[];
}

/** As `send` makes them. */
const RECEIPT = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/;

const NUMBERS = [
  'pid', 'start_time', 'session_id', 'session_created', 'window_id', 'window_index', 'window_active', 'pane_id', 'pane_index', 'pane_active',
  'pane_pid', 'pane_dead', 'pane_dead_status', 'pane_width', 'pane_height', 'pane_input_off', 'pane_synchronized', 'alternate_on', 'history_size', 'cursor_y',
] as const; // prettier-ignore
const STRINGS = [
  'session_name',
  'session_path',
  'window_name',
  'pane_title',
  'pane_current_command',
  'pane_current_path',
  'pane_tty',
  'pane_mode',
  '@orc_agent',
  '@orc_role',
  '@orc_event',
  '@orc_last',
] as const;

// Names may hold any byte, newlines included, and any program may set our options to anything, so each string stands
// behind its byte length (tmux(1), FORMATS, `n:`).
const FORMAT = `${NUMBERS.map((name) => `#{${name}}`).join(',')},${STRINGS.map((name) => `#{n:${name}}:#{${name}}`).join('')}`;

export const LIST_PANES = encode(['list-panes', '-a', '-F', FORMAT]);
export const LIST_CLIENTS = encode(['list-clients', '-F', '#{session_id} #{client_control_mode}']);

type Fields = Readonly<Record<(typeof NUMBERS)[number] | (typeof STRINGS)[number], string>>;

/** A row did not read back as it was asked for: a string changed between its length and its text. Ask again. */
export class ListingChanged extends Error {
  override readonly name = 'ListingChanged';
}

function readRow(body: Buffer, start: number): { fields: Fields; next: number } {
  const fields: Record<string, string> = {};
  let at = start;
  const until = (separator: string): string => {
    const end = body.indexOf(separator, at);
    if (end === -1) throw new ListingChanged();
    const text = body.toString('utf8', at, end);
    at = end + 1;
    return text;
  };
  for (const name of NUMBERS) fields[name] = until(',');
  for (const name of STRINGS) {
    const length = until(':');
    if (!/^[0-9]+$/.test(length)) throw new ListingChanged();
    const end = at + Number(length);
    if (end >= body.length) throw new ListingChanged();
    fields[name] = body.toString('utf8', at, end);
    at = end;
  }
  if (body[at] !== 0x0a) throw new ListingChanged();
  return { fields: fields as Fields, next: at + 1 };
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new ListingChanged();
  return value;
}

function integer(text: string): number {
  if (!/^-?[0-9]+$/.test(text)) throw new ListingChanged();
  return Number(text);
}

function toPane(fields: Fields): PaneRow {
  return {
    id: required(parsePaneId(fields.pane_id)),
    server: { pid: integer(fields.pid), startedAt: integer(fields.start_time) },
    index: integer(fields.pane_index),
    active: fields.pane_active === '1',
    pid: integer(fields.pane_pid),
    dead: fields.pane_dead === '1',
    exitStatus: fields.pane_dead_status === '' ? undefined : integer(fields.pane_dead_status),
    width: integer(fields.pane_width),
    height: integer(fields.pane_height),
    mode: fields.pane_mode,
    inputOff: fields.pane_input_off === '1',
    synchronized: fields.pane_synchronized === '1',
    alternate: fields.alternate_on === '1',
    cursorY: integer(fields.cursor_y),
    cursorRow: integer(fields.history_size) + integer(fields.cursor_y),
    title: fields.pane_title,
    command: fields.pane_current_command,
    cwd: fields.pane_current_path,
    tty: fields.pane_tty,
    agent: fields['@orc_agent'] === '' ? undefined : fields['@orc_agent'],
    agentRole: fields['@orc_role'] === '' ? undefined : fields['@orc_role'],
    agentEvent: fields['@orc_event'] === '' ? undefined : fields['@orc_event'],
    lastSent: RECEIPT.test(fields['@orc_last']) ? fields['@orc_last'] : undefined,
  };
}

function countClients(body: Buffer): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of body.toString('utf8').split('\n')) {
    const [session, control] = row.split(' ');
    if (session !== undefined && control === '0') counts.set(session, (counts.get(session) ?? 0) + 1);
  }
  return counts;
}

interface Growing<Row, Child> {
  readonly row: Row;
  readonly children: Child[];
}

/**
 * Reads the replies of LIST_PANES and LIST_CLIENTS.
 * @throws ListingChanged when a row does not add up.
 */
export function parseListing(panes: Buffer, clients: Buffer): Listing {
  const attached = countClients(clients);
  const sessions = new Map<string, Growing<Omit<SessionRow, 'windows'>, Growing<Omit<WindowRow, 'panes'>, PaneRow>>>();
  for (let at = 0; at < panes.length;) {
    const { fields, next } = readRow(panes, at);
    at = next;
    const sessionId = required(parseSessionId(fields.session_id));
    let session = sessions.get(sessionId);
    if (session === undefined) {
      session = {
        row: {
          id: sessionId,
          name: fields.session_name,
          createdAt: integer(fields.session_created),
          cwd: fields.session_path,
          attachedClients: attached.get(sessionId) ?? 0,
        },
        children: [],
      };
      sessions.set(sessionId, session);
    }
    const windowId = required(parseWindowId(fields.window_id));
    const index = integer(fields.window_index);
    // A window may be linked to several places of one session (tmux(1), link-window).
    let window = session.children.find(({ row }) => row.id === windowId && row.index === index);
    if (window === undefined) {
      window = {
        row: {
          id: windowId,
          index,
          name: fields.window_name,
          active: fields.window_active === '1',
        },
        children: [],
      };
      session.children.push(window);
    }
    window.children.push(toPane(fields));
  }
  return {
    sessions: [...sessions.values()].map((session) => ({
      ...session.row,
      windows: session.children.map((window) => ({ ...window.row, panes: window.children })),
    })),
  };
}
