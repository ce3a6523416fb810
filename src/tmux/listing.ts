import {
  type PaneId,
  parsePaneId,
  parseSessionId,
  parseWindowId,
  type SessionId,
  type WindowId,
} from '../kernel/ids.js';
import { ALL, type AllFields, ListingChanged, MOVING, type MovingFields, readRows } from './listing-rows.js';

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
  /** When a pane of it printed something last, in seconds since the epoch. */
  readonly activity: number;
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

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new ListingChanged();
  return value;
}

function integer(text: string): number {
  if (!/^-?[0-9]+$/.test(text)) throw new ListingChanged();
  return Number(text);
}

type MovingOfPane = Pick<PaneRow, 'width' | 'height' | 'mode' | 'alternate' | 'cursorY' | 'cursorRow' | 'title' | 'command' | 'agentEvent' | 'lastSent'>; // prettier-ignore

function movingOf(fields: MovingFields): MovingOfPane {
  return {
    width: integer(fields.pane_width),
    height: integer(fields.pane_height),
    mode: fields.pane_mode,
    alternate: fields.alternate_on === '1',
    cursorY: integer(fields.cursor_y),
    cursorRow: integer(fields.history_size) + integer(fields.cursor_y),
    title: fields.pane_title,
    command: fields.pane_current_command,
    agentEvent: fields['@orc_event'] === '' ? undefined : fields['@orc_event'],
    lastSent: RECEIPT.test(fields['@orc_last']) ? fields['@orc_last'] : undefined,
  };
}

function toPane(fields: AllFields): PaneRow {
  return {
    id: required(parsePaneId(fields.pane_id)),
    server: { pid: integer(fields.pid), startedAt: integer(fields.start_time) },
    index: integer(fields.pane_index),
    active: fields.pane_active === '1',
    pid: integer(fields.pane_pid),
    dead: fields.pane_dead === '1',
    exitStatus: fields.pane_dead_status === '' ? undefined : integer(fields.pane_dead_status),
    inputOff: fields.pane_input_off === '1',
    synchronized: fields.pane_synchronized === '1',
    cwd: fields.pane_current_path,
    tty: fields.pane_tty,
    agent: fields['@orc_agent'] === '' ? undefined : fields['@orc_agent'],
    agentRole: fields['@orc_role'] === '' ? undefined : fields['@orc_role'],
    ...movingOf(fields),
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
 * Reads the replies of `listPanes` with that mark, and of LIST_CLIENTS.
 * @throws ListingChanged when a row does not add up.
 */
export function parseListing(panes: Buffer, clients: Buffer, mark: string): Listing {
  const attached = countClients(clients);
  const sessions = new Map<string, Growing<Omit<SessionRow, 'windows'>, Growing<Omit<WindowRow, 'panes'>, PaneRow>>>();
  for (const fields of readRows(panes, mark, ALL)) {
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
          activity: integer(fields.window_activity),
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

/** @returns undefined where other panes are there, or one of them is another than before */
function moved(row: MovingFields | undefined, session: SessionRow, window: WindowRow, pane: PaneRow): PaneRow | undefined {
  if (row?.session_id !== session.id || row.session_name !== session.name || row.window_id !== window.id) return undefined;
  if (row.pane_id !== pane.id || integer(row.pane_pid) !== pane.pid || (row.pane_dead === '1') !== pane.dead) return undefined;
  const now = movingOf(row);
  const isSame = (Object.keys(now) as (keyof MovingOfPane)[]).every((name) => now[name] === pane[name]);
  // Who compares rows sees at once that nothing has changed.
  return isSame ? pane : { ...pane, ...now };
} // prettier-ignore

/**
 * Reads the reply of `listMoving` with that mark. What it does not tell is as it was before.
 * @returns undefined where panes have come, gone or died, or stand elsewhere: then all has to be asked for
 * @throws ListingChanged when a row does not add up.
 */
export function moveListing(before: Listing, panes: Buffer, mark: string): Listing | undefined {
  const rows = readRows(panes, mark, MOVING);
  let next = 0;
  let same = 0;
  const sessions = before.sessions.map((session) => ({
    ...session,
    windows: session.windows.map((window) => {
      const activity = rows[next]?.window_activity;
      const there = window.panes.map((pane) => {
        const now = moved(rows[next++], session, window, pane);
        if (now !== undefined) same++;
        return now ?? pane;
      });
      return { ...window, activity: activity === undefined ? window.activity : integer(activity), panes: there };
    }),
  }));
  return same === next && next === rows.length ? { sessions } : undefined;
}
