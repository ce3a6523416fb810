import { OrcError } from '../kernel/errors.js';
import { didYouMean } from '../kernel/text.js';
import type { Target } from '../security/text/target.js';
import type { Listing, PaneRow, SessionRow, WindowRow } from './listing.js';

/** Where a target lies. */
export interface Place {
  readonly session: SessionRow;
  readonly window: WindowRow;
  readonly pane: PaneRow;
}

const MAX_CANDIDATES = 5;

function notFound(what: string, hint: string): OrcError {
  return new OrcError('NOT_FOUND', `No such ${what}.`, { hint });
}

function one<T extends { readonly id: string }>(matches: readonly T[], what: string, hint: string): T {
  const [only] = matches;
  if (only === undefined) throw notFound(what, hint);
  // A window that is linked to several places of a session is still one.
  const ids = [...new Set(matches.map((match) => match.id))];
  if (ids.length > 1) {
    throw new OrcError('AMBIGUOUS', `${String(ids.length)} ${what}s have this name.`, {
      hint: 'Use one of the ids in details.candidates.',
      details: { candidates: ids.slice(0, MAX_CANDIDATES) },
    });
  }
  return only;
}

function activePlace(session: SessionRow, window: WindowRow | undefined): Place {
  const shownWindow = window ?? session.windows.find((candidate) => candidate.active) ?? session.windows[0];
  const pane = shownWindow?.panes.find((candidate) => candidate.active) ?? shownWindow?.panes[0];
  if (shownWindow === undefined || pane === undefined)
    throw notFound('pane', 'The session has just changed; list it again.');
  return { session, window: shownWindow, pane };
}

/** As tmux writes an index; `01` can only be a name. */
const INDEX = /^(?:0|[1-9][0-9]{0,9})$/;

/** An index wins over a name; names are compared exactly. */
function windowsNamed(session: SessionRow, text: string): WindowRow[] {
  const byIndex = INDEX.test(text) ? session.windows.filter((window) => window.index === Number(text)) : [];
  return byIndex.length > 0 ? byIndex : session.windows.filter((window) => window.name === text);
}

function placeByPath(session: SessionRow, rest: string): Place {
  const hint = `Session ${session.id} has windows ${session.windows.map((window) => String(window.index)).join(', ')}; list_sessions shows their names.`;
  const whole = windowsNamed(session, rest);
  if (whole.length > 0) return activePlace(session, one(whole, 'window', hint));
  const dot = rest.lastIndexOf('.');
  const paneIndex = rest.slice(dot + 1);
  if (dot <= 0 || !INDEX.test(paneIndex)) throw notFound('window', hint);
  const window = one(windowsNamed(session, rest.slice(0, dot)), 'window', hint);
  const pane = window.panes.find((candidate) => candidate.index === Number(paneIndex));
  if (pane === undefined)
    throw notFound(
      'pane',
      `Window ${window.id} has panes ${window.panes.map((candidate) => String(candidate.index)).join(', ')}.`,
    );
  return { session, window, pane };
}

function places(listing: Listing): Place[] {
  return listing.sessions.flatMap((session) =>
    session.windows.flatMap((window) => window.panes.map((pane) => ({ session, window, pane }))),
  );
}

/**
 * Finds a target in a listing, exactly: never by prefix or pattern. A session or window means its active pane now.
 * @throws OrcError NOT_FOUND, AMBIGUOUS
 */
export function resolve(listing: Listing, target: Target): Place {
  const hint = 'list_sessions shows what there is.';
  switch (target.kind) {
    case 'pane-id':
      return one(places(listing).filter(({ pane }) => pane.id === target.id).slice(0, 1).map((place) => ({ ...place, id: place.pane.id })), 'pane', hint); // prettier-ignore
    case 'window-id': {
      // A linked window stands in several sessions; any of them is it.
      const session = listing.sessions.find((candidate) => candidate.windows.some((window) => window.id === target.id));
      const window = session?.windows.find((candidate) => candidate.id === target.id);
      if (session === undefined || window === undefined) throw notFound('window', hint);
      return activePlace(session, window);
    }
    case 'session-id':
      return activePlace(one(listing.sessions.filter((session) => session.id === target.id), 'session', hint), undefined); // prettier-ignore
    case 'path': {
      const names = listing.sessions.map((session) => session.name).filter((name) => /^[\w.-]+$/.test(name));
      const guess = didYouMean(target.session, names).trim();
      const session = one(listing.sessions.filter((candidate) => candidate.name === target.session), 'session', guess === '' ? hint : guess); // prettier-ignore
      return target.rest === undefined ? activePlace(session, undefined) : placeByPath(session, target.rest);
    }
  }
}
