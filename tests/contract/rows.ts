import type { PaneRow, SessionRow, WindowRow } from '../../src/tmux/listing.js';
import type { Tmux } from '../../src/tmux/tmux.js';

/** What a fresh listing says of one session. */
export async function sessionRow(tmux: Tmux, id: string): Promise<SessionRow> {
  const row = (await tmux.list()).sessions.find((session) => session.id === id);
  if (row === undefined) throw new Error(`no session ${id}`);
  return row;
}

export async function windowRow(tmux: Tmux, id: string): Promise<WindowRow> {
  const { sessions } = await tmux.list();
  const row = sessions.flatMap(({ windows }) => windows).find((window) => window.id === id);
  if (row === undefined) throw new Error(`no window ${id}`);
  return row;
}

export async function paneRow(tmux: Tmux, id: string): Promise<PaneRow> {
  const { sessions } = await tmux.list();
  const row = sessions.flatMap(({ windows }) => windows.flatMap(({ panes }) => panes)).find((pane) => pane.id === id);
  if (row === undefined) throw new Error(`no pane ${id}`);
  return row;
}
