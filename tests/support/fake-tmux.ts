import { OrcError } from '../../src/kernel/errors.js';
import { parsePaneId, parseSessionId, parseWindowId } from '../../src/kernel/ids.js';
import type { PaneRow, ServerIdentity, SessionRow, WindowRow } from '../../src/tmux/listing.js';
import type { Outside } from '../contract/outside.js';
import type { CreatedPane, CreatedWindow, PaneInput, PaneSpec } from '../../src/tmux/model.js';
import type { Tmux } from '../../src/tmux/tmux.js';

export interface FakeTmux extends Tmux {
  readonly outside: Outside;
}

type Changing<Row> = { -readonly [Key in keyof Row]: Row[Key] };
interface FakePane {
  readonly row: Changing<PaneRow>;
  argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  typed: string;
  readonly lines: string[];
}
interface FakeWindow {
  readonly row: Changing<Omit<WindowRow, 'panes'>>;
  panes: FakePane[];
}
interface FakeSession {
  readonly row: Changing<Omit<SessionRow, 'windows'>>;
  windows: FakeWindow[];
}

const createdOf = ({ row: { id, pid, server } }: FakePane): CreatedPane => ({ id, pid, server });

const KEY_BYTES: Readonly<Record<string, string>> = {
  ...{ Enter: '\r', Escape: '\x1b', Tab: '\t', Space: ' ', BSpace: '\x7f' },
  ...{ Up: '\x1b[A', Down: '\x1b[B', Right: '\x1b[C', Left: '\x1b[D' },
};
const LEAVABLE = new Set(['', 'copy-mode', 'view-mode']);
const RECEIVER = ['receiver'] as const;

function bytesOf(key: string): string {
  const control = /^C-([a-z])$/.exec(key)?.[1];
  return control === undefined ? (KEY_BYTES[key] ?? key) : String.fromCharCode(control.charCodeAt(0) - 96);
}

function conflict(why: string): OrcError {
  return new OrcError('CONFLICT', `${why} Nothing was sent.`);
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new OrcError('NOT_FOUND', `No such ${what}: it is gone.`);
  return value;
}

/** Resolves with what `work` gives and rejects with what it throws, as everything does that goes to a process. */
const later = async <T>(work: () => T): Promise<T> => {
  await Promise.resolve();
  return work();
};

/** One tmux server in memory: rows, names, states and guards as the real one has them; programs only by name. */
class FakeServer {
  sessions: FakeSession[] = [];
  #server: ServerIdentity = { pid: 1000, startedAt: 1_700_000_000 };
  #next = { session: 0, window: 0, pane: 0 };
  #pid = 5000;

  /** Ids begin again with every server, and a server ends with its last session. */
  #startServer(): void {
    if (this.sessions.length > 0) return;
    this.#server = { pid: this.#server.pid + 1, startedAt: this.#server.startedAt + 1 };
    this.#next = { session: 0, window: 0, pane: 0 };
  }

  nextPid(): number {
    return ++this.#pid;
  }

  /** Lines of a pane, without the empty ones at the end. */
  written(id: string): string[] {
    const all = this.place(id).pane.lines.map((line) => line.trimEnd());
    while (all.at(-1) === '') all.pop();
    return all;
  }

  place(id: string): { session: FakeSession; window: FakeWindow; pane: FakePane } {
    const places = this.sessions.flatMap((session) =>
      session.windows.flatMap((window) => window.panes.map((pane) => ({ session, window, pane }))),
    );
    return found(places.find(({ pane }) => pane.row.id === id), 'pane'); // prettier-ignore
  }

  session(id: string): FakeSession {
    return found(this.sessions.find(({ row }) => row.id === id), 'session'); // prettier-ignore
  }

  window(id: string): FakeWindow {
    return found(this.sessions.flatMap(({ windows }) => windows).find(({ row }) => row.id === id), 'window'); // prettier-ignore
  }

  /** What has lost its last child goes too. */
  sweep(): void {
    for (const session of this.sessions) session.windows = session.windows.filter(({ panes }) => panes.length > 0);
    this.sessions = this.sessions.filter(({ windows }) => windows.length > 0);
    for (const { windows } of this.sessions) {
      for (const { panes } of windows) {
        activate(panes);
        panes.forEach(({ row }, index) => (row.index = index));
      }
      activate(windows);
    }
  }

  newPane(spec: PaneSpec, folder: string, width: number, height: number): FakePane {
    const argv = spec.command ?? ['bash'];
    const row: Changing<PaneRow> = {
      ...{ id: found(parsePaneId(`%${String(this.#next.pane++)}`), 'id'), server: this.#server, pid: this.nextPid() },
      ...{ index: 0, active: false, dead: false, exitStatus: undefined, width, height, mode: '', inputOff: false },
      ...{
        synchronized: false,
        alternate: false,
        cursorY: 0,
        cursorRow: 0,
        title: 'fake',
        command: argv[0].split('/').at(-1) ?? '',
      },
      ...{
        cwd: spec.cwd ?? folder,
        tty: '',
        agent: spec.agent?.name,
        agentRole: spec.agent?.role,
        agentEvent: undefined,
        lastSent: '',
      },
    };
    return { row, argv, env: Object.fromEntries(spec.env ?? []), typed: '', lines: [] };
  }

  addWindow(session: FakeSession, spec: PaneSpec, name: string | undefined, width = 80, height = 24): CreatedWindow {
    const pane = this.newPane(spec, session.row.cwd, width, height);
    const taken = new Set(session.windows.map(({ row }) => row.index));
    let index = 0;
    while (taken.has(index)) index++;
    const id = found(parseWindowId(`@${String(this.#next.window++)}`), 'id');
    const window = { row: { id, index, name: name ?? pane.row.command, active: false, activity: 0 }, panes: [pane] };
    session.windows = [...session.windows, window].sort((a, b) => a.row.index - b.row.index);
    this.sweep();
    return { window: { id, index, name: window.row.name }, pane: createdOf(pane) };
  }

  addSession(name: string, cwd: string): FakeSession {
    this.checkFree(name);
    this.#startServer();
    const id = found(parseSessionId(`$${String(this.#next.session++)}`), 'id');
    const createdAt = this.#server.startedAt;
    const session = { row: { id, name, createdAt, cwd, attachedClients: 0 }, windows: [] };
    this.sessions.push(session);
    return session;
  }

  checkFree(name: string, except?: string): void {
    if (this.sessions.some(({ row }) => row.name === name && row.id !== except))
      throw new OrcError('CONFLICT', 'A session of this name exists.');
  }

  send(given: PaneRow, { text, keys = [], after }: PaneInput): string {
    const before = [given.dead && 'The program in this pane has ended.', given.inputOff && 'Input is switched off.'];
    for (const why of before) if (why !== false) throw conflict(why);
    if (keys.length > 0 && given.synchronized) throw conflict('synchronize-panes is on.');
    if (keys.length > 0 && !LEAVABLE.has(given.mode)) throw new OrcError('AGENT_UNREADY', 'The pane shows a menu.');
    const { pane } = this.place(given.id);
    const { row } = pane;
    const sameProcess = row.pid === given.pid && row.server.pid === given.server.pid;
    if (!sameProcess || row.dead || row.inputOff) throw conflict('The pane runs another process, or none.');
    const changed = row.synchronized !== given.synchronized || (row.mode === '') !== (given.mode === '');
    if (keys.length > 0 && changed) throw conflict('The pane changed its state.');
    if (after !== undefined && after !== row.lastSent) throw conflict('The pane changed its state.');
    if (keys.length > 0) row.mode = '';
    pane.typed += (text ?? '') + keys.map(bytesOf).join('');
    return (row.lastSent = crypto.randomUUID());
  }
}

function activate(children: readonly { row: { active: boolean } }[]): void {
  const first = children[0];
  if (first !== undefined && !children.some(({ row }) => row.active)) first.row.active = true;
}

function createOutside(server: FakeServer): Outside {
  const at = (row: PaneRow): FakePane => server.place(row.id).pane;
  return {
    receiver: RECEIVER,
    received: (row) => later(() => Buffer.from(at(row).typed)),
    started: (row) => later(() => ({ argv: at(row).argv, env: at(row).env })),
    print: (row, text) => later(() => void at(row).lines.push(...text.replace(/\n$/, '').split('\n'))),
    end: (row) => later(() => void (at(row).row.dead = true)),
    respawn: (row) =>
      later(() => {
        const pane = at(row);
        Object.assign(pane.row, { pid: server.nextPid(), dead: false });
        Object.assign(pane, { argv: RECEIVER, typed: '' });
      }),
    switchInputOff: (row) => later(() => void (at(row).row.inputOff = true)),
    synchronize: (id, on) =>
      later(() => {
        for (const pane of server.window(id).panes) pane.row.synchronized = on;
      }),
    enterMode: (row, mode) => later(() => void (at(row).row.mode = mode)),
    isServerRunning: () => later(() => server.sessions.length > 0),
  };
}

const absent = (): Promise<never> => Promise.reject(new Error('not in the fake'));

/** The port to tmux without tmux: for tests of what stands above it. The contract suite keeps it true. */
export function createFakeTmux(): FakeTmux {
  const server = new FakeServer();
  const kill = (remove: () => void): Promise<void> => later(() => { remove(); server.sweep(); }); // prettier-ignore
  return {
    outside: createOutside(server),
    list: () =>
      later(() => {
        const sessions = server.sessions.map((session) => ({
          ...session.row,
          windows: session.windows.map(({ row, panes }) => ({ ...row, panes: panes.map((pane) => ({ ...pane.row })) })),
        }));
        return { sessions };
      }),
    createSession: (spec) =>
      later(() => {
        const session = server.addSession(spec.name, spec.cwd);
        const made = server.addWindow(session, spec, spec.windowName, spec.width, spec.height);
        return { session: { id: session.row.id, name: spec.name }, ...made };
      }),
    createWindow: (spec) => later(() => server.addWindow(server.session(spec.session.id), spec, spec.name)),
    splitPane: (spec) =>
      later(() => {
        const { session, window, pane } = server.place(spec.pane.id);
        const side = spec.direction === 'right' ? 'width' : 'height';
        const size = Math.floor((pane.row[side] * (spec.sizePercent ?? 50)) / 100);
        const made = server.newPane(spec, session.row.cwd, pane.row.width, pane.row.height);
        made.row[side] = size;
        pane.row[side] -= size + 1;
        window.panes.splice(window.panes.indexOf(pane) + 1, 0, made);
        server.sweep();
        return createdOf(made);
      }),
    renameSession: (id, name) =>
      later(() => {
        const { row } = server.session(id);
        server.checkFree(name, id);
        row.name = name;
      }),
    renameWindow: (id, name) => later(() => void (server.window(id).row.name = name)),
    killSession: (id) => kill(() => void (server.session(id).windows = [])),
    killWindow: (id) => kill(() => void (server.window(id).panes = [])),
    killPane: (id) =>
      kill(() => {
        const { window, pane } = server.place(id);
        window.panes = window.panes.filter((other) => other !== pane);
      }),
    lastLines: (id, count) => later(() => server.written(id).slice(-count)),
    capture: (id, { lines }) =>
      later(() => {
        const all = server.written(id);
        return {
          lines: all.slice(-lines),
          truncated: all.length > lines,
          cursor: '',
          cursorBelow: true,
          lineEnded: false,
          linesMissed: 0,
        };
      }),
    send: (pane, input) => later(() => ({ id: server.send(pane, input) })),
    showAgent: (id, marks) =>
      later(() => void Object.assign(server.place(id).pane.row, { agent: marks?.name, agentRole: marks?.role })),
    showStates: () => later(() => undefined),
    // Streams and shells are beyond a fake; what needs them is tested on real tmux.
    waitForOutput: () => absent(),
    jobs: {
      run: absent,
      start: absent,
      get: absent,
      cancel: absent,
      placeOf: absent,
      lastOf: () => later(() => undefined),
      close: () => Promise.resolve(),
    },
    status: () => ({ mode: 'control', connected: server.sessions.length > 0, connects: 1, outcomes: [] }),
    // It answers at once; a test may have put other methods in.
    endingBy() {
      return this;
    },
    close: () => Promise.resolve(),
  };
}
