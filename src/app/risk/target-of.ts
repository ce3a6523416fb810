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
  const panes = new Map(
    inIt.map(({ pane: { id: pane, pid, command, agent } }) => [pane, { id: pane, pid, command, agent }]),
  );
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

/** A listing with some of its panes; what holds none of them stays, empty. */
export function filterListing({ sessions }: Listing, wanted: (pane: PaneRow) => boolean): Listing {
  return {
    sessions: sessions.map((session) => ({
      ...session,
      windows: session.windows.map((window) => ({ ...window, panes: window.panes.filter(wanted) })),
    })),
  };
}

/** What rules of risk may name a thing by. @param names of what does not exist yet */
export function targetWords(target: RiskTarget | undefined, names: readonly string[] = []): string[] {
  if (target === undefined) return [...names];
  const { id, window, sessions } = target;
  return [id, window?.id, ...sessions.flatMap((session) => [session.id, session.name])].filter(
    (word) => word !== undefined,
  );
}
