import * as z from 'zod';
import { commandWords } from '../security/text/command.js';
import { environmentEntries } from '../security/text/environment.js';
import { windowName } from '../security/text/names.js';
import { defineOperation } from './define-operation.js';
import { fields, outputs } from './fields.js';
import { findDirectory, findPlace, given } from './place.js';

const createWindow = defineOperation({
  name: 'create_window',
  title: 'Create a window',
  description: 'Adds a window with one pane to a session, without switching to it.',
  toolset: 'tmux',
  effect: 'write',
  cli: { path: ['window', 'create'], positional: ['session'] },
  input: z.object({
    session: fields.session,
    name: z.string().optional().describe('Letters, digits, "_", "-", "." and inner spaces, at most 64'),
    cwd: fields.cwd,
    command: fields.command,
    env: fields.env,
  }),
  output: z.object({ window: outputs.window, pane: outputs.pane }),
  handle: async (context, input) => {
    const name = input.name === undefined ? undefined : windowName(input.name);
    const env = environmentEntries(input.env ?? {});
    const command = commandWords(input.command, context.settings.maxCommandBytes);
    const cwd = await findDirectory(context, input.cwd);
    const { session } = await findPlace(context, input.session, 'session', 'session');
    const { window, pane } = await context.tmux.createWindow({
      session,
      env,
      ...given('name', name),
      ...given('cwd', cwd),
      ...given('command', command),
    });
    return { window, pane: { id: pane.id } };
  },
  view: ({ window, pane }) => ({ summary: `Created window ${window.id} "${window.name}" with pane ${pane.id}.` }),
});

const renameWindow = defineOperation({
  name: 'rename_window',
  title: 'Rename a window',
  description: 'Gives a window another name. Its id stays.',
  toolset: 'tmux',
  effect: 'write',
  idempotent: true,
  cli: { path: ['window', 'rename'], positional: ['window', 'new_name'] },
  input: z.object({
    window: fields.window,
    new_name: z.string().describe('Letters, digits, "_", "-", "." and inner spaces, at most 64'),
  }),
  output: z.object({ window: outputs.window }),
  handle: async (context, input) => {
    const name = windowName(input.new_name, 'new_name');
    const { window } = await findPlace(context, input.window, 'window', 'window');
    await context.tmux.renameWindow(window.id, name);
    return { window: { id: window.id, index: window.index, name } };
  },
  view: ({ window }) => ({ summary: `Window ${window.id} is now "${window.name}".` }),
});

const killWindow = defineOperation({
  name: 'kill_window',
  title: 'Kill a window',
  description:
    'Ends a window with its panes and the programs in them. Cannot be undone. The last window of a session takes the session with it.',
  toolset: 'tmux',
  effect: 'destroy',
  cli: { path: ['window', 'kill'], positional: ['window'] },
  input: z.object({ window: fields.window }),
  output: z.object({ killed: outputs.window }),
  handle: async (context, input) => {
    const { window } = await findPlace(context, input.window, 'window', 'window');
    await context.tmux.killWindow(window.id);
    return { killed: { id: window.id, index: window.index, name: window.name } };
  },
  view: ({ killed }) => ({ summary: `Killed window ${killed.id} "${killed.name}".` }),
});

export const windowOperations = [createWindow, renameWindow, killWindow];
