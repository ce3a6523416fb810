import type { Listing, PaneRow, SessionRow, WindowRow } from '../../app/inspect-tmux.js';
import { plural } from '../../operations/view.js';
import type { Candidate } from './candidate.js';

export type LiveKind = 'target' | 'session' | 'window';
export type LiveNames = (kind: LiveKind, current: string) => Promise<Candidate[]>;

const MAX_CHARACTERS = 256;
/** Controls, invisible and direction characters, lone surrogates, line separators, and what UTF-8 could not carry. */
const UNFIT = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u;
/** What a target reads as something else than a name: an id, a flag, an exact match of tmux. */
const OTHER_MEANING = /^(?:[$@%][0-9]+$|[-=])/;

/**
 * Names are given by anybody. Offered are those that a target can carry and a person can tell from others; the rest is
 * still reached by its id.
 */
function isFit(name: string): boolean {
  return name !== '' && name.length <= MAX_CHARACTERS && !UNFIT.test(name) && !OTHER_MEANING.test(name);
}

const MAX_DESCRIPTION = 60;

/** Foreign text for people to read beside a candidate. */
function described(...parts: readonly string[]): string {
  const text = parts.filter((part) => part !== '').join(' ').replaceAll(new RegExp(UNFIT, 'gu'), '?'); // prettier-ignore
  return text.length > MAX_DESCRIPTION ? `${text.slice(0, MAX_DESCRIPTION - 3)}...` : text;
}

function sessionCandidates(sessions: readonly SessionRow[]): Candidate[] {
  return sessions
    .filter(({ name }) => isFit(name))
    .map(({ name, windows }) => ({ value: name, description: plural(windows.length, 'window') }));
}

function activeCommand(window: WindowRow): string {
  return (window.panes.find(({ active }) => active) ?? window.panes[0])?.command ?? '';
}

/** By name where it is one; by index where names are not fit or not unique, or digits were typed. */
function windowCandidates(sessions: readonly SessionRow[], byIndex: boolean): Candidate[] {
  return sessions
    .filter(({ name }) => isFit(name))
    .flatMap(({ name: session, windows }) =>
      windows.map((window) => {
        const { name, index } = window;
        const unique = windows.filter((other) => other.name === name).length === 1;
        const useName = !byIndex && unique && isFit(name) && !/^[0-9]+$/.test(name);
        return {
          value: `${session}:${useName ? name : String(index)}`,
          description: described(useName ? activeCommand(window) : name),
        };
      }),
    );
}

function paneCandidates(sessions: readonly SessionRow[]): Candidate[] {
  const place = (session: SessionRow, window: WindowRow, pane: PaneRow): string =>
    described(`${session.name}:${String(window.index)}.${String(pane.index)}`, pane.command);
  const all = sessions.flatMap((session) =>
    session.windows.flatMap((window) =>
      window.panes.map((pane) => ({ value: pane.id, description: place(session, window, pane) })),
    ),
  );
  // A linked window stands in several sessions.
  return [...new Map(all.map((candidate) => [candidate.value, candidate])).values()];
}

/** Names of what runs now, for targets. */
export function liveNames({ sessions }: Listing, kind: LiveKind, current: string): Candidate[] {
  const byIndex = /:[0-9]+$/.test(current);
  switch (kind) {
    case 'session':
      return sessionCandidates(sessions);
    case 'window':
      return windowCandidates(sessions, byIndex);
    case 'target':
      return [...sessionCandidates(sessions), ...windowCandidates(sessions, byIndex), ...paneCandidates(sessions)];
  }
}
