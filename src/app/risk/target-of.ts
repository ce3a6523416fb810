import type { RiskTarget } from '../../security/risk/target.js';
import type { Listing, PaneRow, SessionRow, WindowRow } from '../../tmux/listing.js';

interface Row {
  readonly session: SessionRow;
  readonly window: WindowRow;
  readonly pane: PaneRow;
}

/** What a `$`, `@` or `%` id means in a listing; undefined when it is not there. */
export function targetOf(listing: Listing, id: string): RiskTarget | undefined {
  const rows: Row[] = listing.sessions.flatMap((session) =>
    session.windows.flatMap((window) => window.panes.map((pane) => ({ session, window, pane }))),
  );
  const kind = id.startsWith('$') ? 'session' : id.startsWith('@') ? 'window' : 'pane';
  const inIt = rows.filter((row) => row[kind].id === id);
  const [first] = inIt;
  if (first === undefined) return undefined;
  const panes = new Map(inIt.map(({ pane: { id: pane, pid, command } }) => [pane, { id: pane, pid, command }]));
  const sessions = new Map(inIt.map(({ session }) => [session.id, { id: session.id, name: session.name }]));
  return {
    kind,
    id,
    server: first.pane.server,
    sessions: [...sessions.values()],
    window: kind === 'session' ? undefined : { id: first.window.id, name: first.window.name },
    panes: [...panes.values()],
    isAll: rows.every(({ pane }) => panes.has(pane.id)),
  };
}
