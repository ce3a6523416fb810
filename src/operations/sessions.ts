import * as z from 'zod';
import { commandWords } from '../security/text/command.js';
import { ownDirectory } from '../security/text/directory.js';
import { environmentEntries } from '../security/text/environment.js';
import { sessionName, windowName } from '../security/text/names.js';
import { parseTarget } from '../security/text/target.js';
import type { PaneRow, SessionRow, WindowRow } from '../tmux/listing.js';
import { resolve } from '../tmux/resolve.js';
import { defineOperation } from './define-operation.js';
import { fields, outputs } from './fields.js';
import { readCursor, writeCursor } from './paging.js';
import { findDirectory, findPlace, given } from './place.js';
import { plural, type View } from './view.js';

const paneOutput = z.object({
  id: z.string(),
  index: z.int(),
  active: z.boolean(),
  title: z.string(),
  command: z.string().describe('Program in the foreground'),
  cwd: z.string(),
  pid: z.int().describe('First process of the pane'),
  dead: z.boolean().describe('Its program has ended'),
  exit_status: z.int().optional(),
  width: z.int(),
  height: z.int(),
  agent: z.string().optional().describe('Name of the agent in it'),
});
const windowOutput = outputs.window.extend({ active: z.boolean(), panes: z.array(paneOutput).optional() });
const sessionOutput = outputs.session.extend({
  created_at: z.string().describe('ISO 8601'),
  attached_clients: z.int().describe('Terminals attached by people'),
  windows: z.array(windowOutput).optional(),
});
const listOutput = z.object({
  sessions: z.array(sessionOutput),
  next_cursor: z.string().optional().describe('More stands after this'),
});

function showPane(pane: PaneRow): z.output<typeof paneOutput> {
  return {
    ...{ id: pane.id, index: pane.index, active: pane.active, title: pane.title, command: pane.command, cwd: pane.cwd },
    ...{ pid: pane.pid, dead: pane.dead, width: pane.width, height: pane.height },
    ...given('exit_status', pane.exitStatus),
    ...given('agent', pane.agent),
  };
}

function showWindow(window: WindowRow, panes: boolean): z.output<typeof windowOutput> {
  const { id, index, name, active } = window;
  return { id, index, name, active, ...(panes ? { panes: window.panes.map(showPane) } : {}) };
}

function showSession(session: SessionRow, detail: 'sessions' | 'windows' | 'panes'): z.output<typeof sessionOutput> {
  return {
    id: session.id,
    name: session.name,
    created_at: new Date(session.createdAt * 1000).toISOString(),
    attached_clients: session.attachedClients,
    ...(detail === 'sessions'
      ? {}
      : { windows: session.windows.map((window) => showWindow(window, detail === 'panes')) }),
  };
}

function paneRows(session: z.output<typeof sessionOutput>): string[][] {
  return (session.windows ?? []).flatMap((window) =>
    (window.panes ?? []).map((pane) => {
      const state = pane.dead ? `ended${pane.exit_status === undefined ? '' : ` (${String(pane.exit_status)})`}` : '';
      return [
        pane.id,
        `${session.name}:${String(window.index)}.${String(pane.index)}`,
        window.name,
        pane.command,
        state,
        `${String(pane.width)}x${String(pane.height)}`,
        pane.cwd,
      ];
    }),
  );
}

function viewSessions({ sessions, next_cursor: next }: z.output<typeof listOutput>): View {
  const more = next === undefined ? '' : `; more with cursor ${next}`;
  if (sessions.length === 0) return { summary: 'No sessions.', note: 'create_session makes one.' };
  const summary = `${plural(sessions.length, 'session')}${more}`;
  const first = sessions[0];
  if (first?.windows === undefined) {
    const rows = sessions.map((session) => [
      session.id,
      session.name,
      session.created_at,
      String(session.attached_clients),
    ]);
    return { summary, table: { columns: ['ID', 'SESSION', 'CREATED', 'ATTACHED'], rows } };
  }
  if (first.windows[0]?.panes !== undefined) {
    return {
      summary,
      table: {
        columns: ['PANE', 'TARGET', 'WINDOW', 'COMMAND', 'STATE', 'SIZE', 'CWD'],
        rows: sessions.flatMap(paneRows),
      },
    };
  }
  const rows = sessions.flatMap((session) =>
    (session.windows ?? []).map((window) => [
      session.id,
      session.name,
      window.id,
      `${session.name}:${String(window.index)}`,
      window.name,
      window.active ? 'active' : '',
    ]),
  );
  return { summary, table: { columns: ['ID', 'SESSION', 'WINDOW', 'TARGET', 'NAME', ''], rows } };
}

const listSessions = defineOperation({
  name: 'list_sessions',
  title: 'List sessions',
  description:
    'Lists tmux sessions with their windows, or with every pane, its program, folder and state. Start here; all other tools take the ids it gives.',
  toolset: 'tmux',
  effect: 'read',
  cli: { path: ['session', 'list'], positional: [] },
  input: z.object({
    detail: z.enum(['sessions', 'windows', 'panes']).default('windows').describe('How deep to list'),
    session: fields.session.optional().describe('Only this session'),
    limit: fields.limit,
    cursor: fields.cursor,
  }),
  output: listOutput,
  handle: async (context, input) => {
    const after = input.cursor === undefined ? -1 : readCursor(input.cursor);
    const listing = await context.tmux.list();
    const chosen =
      input.session === undefined
        ? listing.sessions
        : [resolve(listing, parseTarget(input.session, 'session')).session];
    const sorted = chosen
      .map((session) => ({ session, order: Number(session.id.slice(1)) }))
      .sort((a, b) => a.order - b.order);
    const rest = sorted.filter(({ order }) => order > after);
    const page = rest.slice(0, input.limit);
    const last = page.at(-1);
    return {
      sessions: page.map(({ session }) => showSession(session, input.detail)),
      ...(rest.length > page.length && last !== undefined ? { next_cursor: writeCursor(last.order) } : {}),
    };
  },
  view: viewSessions,
});

const createdOutput = z.object({ session: outputs.session, window: outputs.window, pane: outputs.pane });

const createSession = defineOperation({
  name: 'create_session',
  title: 'Create a session',
  description:
    'Creates a detached tmux session with one window and pane. Starts the tmux server when none runs. A "." in the name becomes "_"; the result has the real name.',
  toolset: 'tmux',
  effect: 'write',
  cli: { path: ['session', 'create'], positional: ['name'] },
  input: z.object({
    name: z.string().describe('Letters, digits, "_", "-" and ".", at most 64'),
    cwd: fields.cwd.describe('Working directory, absolute; default: the folder the server runs in'),
    command: fields.command,
    env: fields.env,
    window_name: z.string().optional().describe('Name of its window'),
    width: z.int().min(10).max(1000).optional().describe('Columns'),
    height: z.int().min(3).max(1000).optional().describe('Lines'),
  }),
  output: createdOutput,
  handle: async (context, input) => {
    const name = sessionName(input.name);
    const window = input.window_name === undefined ? undefined : windowName(input.window_name, 'window_name');
    const env = environmentEntries(input.env ?? {});
    const command = commandWords(input.command, context.settings.maxCommandBytes);
    const cwd = (await findDirectory(context, input.cwd)) ?? (await ownDirectory(context.settings.directories));
    const {
      session,
      window: first,
      pane,
    } = await context.tmux.createSession({
      name,
      cwd,
      env,
      ...given('windowName', window),
      ...given('command', command),
      ...given('width', input.width),
      ...given('height', input.height),
    });
    return { session, window: first, pane: { id: pane.id } };
  },
  view: ({ session, window, pane }) => ({
    summary: `Created session ${session.name} (${session.id}) with window ${window.id} and pane ${pane.id}.`,
  }),
});

const renameSession = defineOperation({
  name: 'rename_session',
  title: 'Rename a session',
  description: 'Gives a session another name. Its id stays. A "." becomes "_"; the result has the real name.',
  toolset: 'tmux',
  effect: 'write',
  idempotent: true,
  cli: { path: ['session', 'rename'], positional: ['session', 'new_name'] },
  input: z.object({
    session: fields.session,
    new_name: z.string().describe('Letters, digits, "_", "-" and ".", at most 64'),
  }),
  output: z.object({ session: outputs.session }),
  handle: async (context, input) => {
    const name = sessionName(input.new_name, 'new_name');
    const { session } = await findPlace(context, input.session, 'session', 'session');
    await context.tmux.renameSession(session.id, name);
    return { session: { id: session.id, name } };
  },
  view: ({ session }) => ({ summary: `Session ${session.id} is now ${session.name}.` }),
});

const killSession = defineOperation({
  name: 'kill_session',
  title: 'Kill a session',
  description:
    'Ends a session with all its windows, panes and the programs in them. Cannot be undone. The name must match exactly.',
  toolset: 'tmux',
  effect: 'destroy',
  cli: { path: ['session', 'kill'], positional: ['session'] },
  input: z.object({ session: fields.session }),
  output: z.object({ killed: outputs.session, agents: z.array(z.string()).describe('Agents that were in it') }),
  handle: async (context, input) => {
    const { session } = await findPlace(context, input.session, 'session', 'session');
    const agents = session.windows.flatMap((window) => window.panes.flatMap((pane) => pane.agent ?? []));
    await context.tmux.killSession(session.id);
    return { killed: { id: session.id, name: session.name }, agents };
  },
  view: ({ killed, agents }) => ({
    summary: `Killed session ${killed.name} (${killed.id})${agents.length === 0 ? '' : ` with agents ${agents.join(', ')}`}.`,
  }),
});

export const sessionOperations = [listSessions, createSession, renameSession, killSession];
