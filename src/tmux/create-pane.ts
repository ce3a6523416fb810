import { access, constants } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve as resolvePath } from 'node:path';
import { findBinary } from '../exec/find-binary.js';
import { OrcError } from '../kernel/errors.js';
import { type PaneId, parsePaneId, parseSessionId, parseWindowId } from '../kernel/ids.js';
import { shown } from '../kernel/text.js';
import type { Ask, Change } from './ask.js';
import { type Command, encode } from './encode.js';
import { checkFolder, checkStarted, startAfter } from './new-folder.js';
import type { ServerAddress } from './server-address.js';
import type {
  AgentMarks,
  CreatedPane,
  CreatedSession,
  CreatedWindow,
  PaneSpec,
  SessionSpec,
  SplitSpec,
  WindowSpec,
} from './model.js';

/** What creating works with. */
export interface PaneMaker {
  readonly ask: Ask;
  readonly address: ServerAddress;
  readonly sessionExists: (name: string) => Promise<boolean>;
  /** Whether a pane may be in a folder that nobody asked for: a shell that begins may go elsewhere by itself. */
  readonly isAllowedFolder: (path: string) => Promise<boolean>;
}

// The window's name comes last: it may hold anything.
const CREATED = '#{pid} #{start_time} #{pane_pid} #{session_id} #{window_id} #{window_index} #{pane_id} #{window_name}';
/** Stands in the new pane until its options are set, then the command takes its place there. */
const PLACEHOLDER = ['sleep', '2147483647'] as const;

function parseCreated(
  reply: string,
): Omit<CreatedSession, 'session'> & { readonly session: CreatedSession['session']['id'] } {
  const parts = /^(\d+) (\d+) (\d+) (\S+) (\S+) (\d+) (\S+) (.*)$/s.exec(reply.replace(/\n$/, ''));
  const [, server, startedAt, pid, sessionId = '', windowId = '', index, paneId = '', name = ''] = parts ?? [];
  const [session, window, pane] = [parseSessionId(sessionId), parseWindowId(windowId), parsePaneId(paneId)];
  if (session === undefined || window === undefined || pane === undefined) {
    throw new OrcError('TMUX_FAILED', 'tmux did not tell what it created.', {
      hint: 'list_sessions shows what there is.',
    });
  }
  return {
    session,
    window: { id: window, index: Number(index), name },
    pane: { id: pane, pid: Number(pid), server: { pid: Number(server), startedAt: Number(startedAt) } },
  };
}

const environmentFlags = (spec: PaneSpec): string[] =>
  (spec.env ?? []).flatMap(([name, value]) => ['-e', `${name}=${value}`]);

/** A shell gets its variables with the pane; a command gets them when it replaces the placeholder. */
const paneWords = (spec: PaneSpec): string[] =>
  spec.command === undefined ? environmentFlags(spec) : ['--', ...PLACEHOLDER];

/** Without a name the window would show the placeholder's. */
function commandName(spec: PaneSpec): string[] {
  const base =
    spec.command?.[0]
      ?.split('/')
      .at(-1)
      ?.replaceAll(/[^A-Za-z0-9_.-]/g, '_')
      .slice(0, 64) ?? '';
  return spec.command === undefined || !/^[A-Za-z0-9_]/.test(base) ? [] : ['-n', base];
}

function refuseProgram(why: string): never {
  throw new OrcError('INVALID_INPUT', `command[0]: ${why}.`, {
    hint: 'command is an argv list, run without a shell: the program first, each argument an element of its own.',
  });
}

/** What a caller named must exist: tmux would open the pane and close it without a word. */
async function checkProgram(maker: PaneMaker, program: string, cwd: string): Promise<void> {
  if (program === '') refuseProgram('is not a program name');
  if (program.includes('/')) {
    const executable = access(resolvePath(cwd, program), constants.X_OK);
    await executable.catch(() => refuseProgram(`"${shown(program)}" is not an executable file`));
    return;
  }
  const global = await maker.ask.read(encode(['show-environment', '-g', 'PATH'])).catch(() => Buffer.alloc(0));
  const paths = [
    global
      .toString('utf8')
      .replace(/^PATH=/, '')
      .trim(),
    maker.address.serverEnv.PATH,
  ];
  if (!paths.some((path) => findBinary(program, path) !== undefined))
    refuseProgram(`no program "${shown(program)}" on PATH`);
}

/** What the options of a pane show of its agent; without marks they are taken away. */
export function agentOptions(pane: PaneId, marks: AgentMarks | undefined): Command[] {
  const options = {
    ...{ '@orc_agent': marks?.name, '@orc_role': marks?.role, '@orc_provider': marks?.provider },
    // What the agent before it has told is not of this one.
    ...{ '@orc_turns': undefined, '@orc_event': undefined, '@orc_state': undefined, '@orc_seq': undefined },
  };
  return Object.entries(options).map(([option, value]) =>
    value === undefined ? ['set-option', '-pu', '-t', pane, option] : ['set-option', '-p', '-t', pane, option, value],
  );
}

/**
 * Puts the command in the place of the placeholder; the pane stays when it ends, with its exit status.
 * @returns the pid of what runs in the pane now
 */
async function startCommand(ask: Ask, { id: pane, pid }: CreatedPane, spec: PaneSpec): Promise<number> {
  if (spec.command === undefined) return pid;
  const line = encode(
    ['set-option', '-p', '-t', pane, 'remain-on-exit', 'on'],
    // Without it tmux writes a line of its own below what the program printed (from 3.3 on; -q for older ones).
    ['set-option', '-pq', '-t', pane, 'remain-on-exit-format', ''],
    ...(spec.agent === undefined ? [] : agentOptions(pane, spec.agent)),
    ['respawn-pane', '-k', ...environmentFlags(spec), '-t', pane, '--', ...startAfter(pid, spec.cwd, spec.command)],
    ['display-message', '-p', '-t', pane, '#{pane_pid}'],
  );
  return Number(await ask.write({ operation: 'start_command', target: pane }, line));
}

/**
 * By the spawned client: a new pane starts in that process's working directory, so the path never passes through an
 * argument that tmux expands.
 */
async function create(
  maker: PaneMaker,
  change: Change,
  command: Command,
  spec: PaneSpec,
  where: { readonly cwd: string; readonly startServer: boolean },
  then: readonly Command[] = [],
): Promise<ReturnType<typeof parseCreated>> {
  const program = spec.command?.[0];
  if (program !== undefined) await checkProgram(maker, program, where.cwd);
  const created = parseCreated(await maker.ask.spawn(change, encode(command, ...then), where));
  try {
    if (spec.cwd !== undefined) await checkFolder(created.pane.pid, spec.cwd, maker.isAllowedFolder);
    const pid = await startCommand(maker.ask, created.pane, spec);
    if (spec.cwd !== undefined && program !== undefined) await checkStarted(pid, created.pane.server.pid);
    return { ...created, pane: { ...created.pane, pid } };
  } catch (error) {
    const kill = encode(['kill-pane', '-t', created.pane.id]);
    await maker.ask.spawn({ operation: 'kill_pane', target: created.pane.id }, kill, {}).catch(() => undefined);
    throw error;
  }
}

/** The session's folder, unless it is gone: then the home, as tmux itself does. */
async function folder(spec: PaneSpec, session: string): Promise<string> {
  const wanted = spec.cwd ?? session;
  return access(wanted).then(
    () => wanted,
    () => homedir(),
  );
}

export async function createSession(maker: PaneMaker, spec: SessionSpec): Promise<CreatedSession> {
  const width = spec.width === undefined ? [] : ['-x', String(spec.width)];
  const height = spec.height === undefined ? [] : ['-y', String(spec.height)];
  const name = spec.windowName === undefined ? commandName(spec) : ['-n', spec.windowName];
  const words = [...name, ...width, ...height, ...paneWords(spec)];
  // `-E`: the session's environment is tmux's, not a mix with that of whoever asks.
  const command: Command = ['new-session', '-d', '-E', '-P', '-F', CREATED, '-s', spec.name, ...words];
  const change = { operation: 'create_session', target: spec.name, probe: () => maker.sessionExists(spec.name) };
  // In the same command list, because destroy-unattached would end the session at once; it has no id of ours yet, and
  // the exact form of a name that passed the whitelist means that session only.
  const survive: Command = ['set-option', '-t', `=${spec.name}:`, 'destroy-unattached', 'off'];
  const created = await create(maker, change, command, spec, { cwd: spec.cwd, startServer: true }, [survive]);
  return { ...created, session: { id: created.session, name: spec.name } };
}

export async function createWindow(maker: PaneMaker, spec: WindowSpec): Promise<CreatedWindow> {
  const name = spec.name === undefined ? commandName(spec) : ['-n', spec.name];
  // `$1:` is the session's next free index; `$1` alone could be taken for a window.
  const target = ['-t', `${spec.session.id}:`];
  const command: Command = ['new-window', '-d', '-P', '-F', CREATED, ...target, ...name, ...paneWords(spec)];
  const cwd = await folder(spec, spec.session.cwd);
  const change = { operation: 'create_window', target: spec.session.id };
  const { window, pane } = await create(maker, change, command, spec, { cwd, startServer: false });
  return { window, pane };
}

export async function splitPane(maker: PaneMaker, spec: SplitSpec): Promise<CreatedPane> {
  const size = spec.sizePercent === undefined ? [] : ['-l', `${String(spec.sizePercent)}%`];
  const words = [spec.direction === 'right' ? '-h' : '-v', ...size, '-P', '-F', CREATED, '-t', spec.pane.id];
  const command: Command = ['split-window', '-d', ...words, ...paneWords(spec)];
  const cwd = await folder(spec, spec.session.cwd);
  const change = { operation: 'split_pane', target: spec.pane.id };
  return (await create(maker, change, command, spec, { cwd, startServer: false })).pane;
}
