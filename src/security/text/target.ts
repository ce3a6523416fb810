import { OrcError } from '../../kernel/errors.js';
import {
  type PaneId,
  type SessionId,
  type WindowId,
  parsePaneId,
  parseSessionId,
  parseWindowId,
} from '../../kernel/ids.js';
import { storedSessionName } from './names.js';

/** What a target string says, before it is looked up. Nothing of it but an id ever reaches tmux's `-t`. */
export type Target =
  | { readonly kind: 'session-id'; readonly id: SessionId }
  | { readonly kind: 'window-id'; readonly id: WindowId }
  | { readonly kind: 'pane-id'; readonly id: PaneId }
  | { readonly kind: 'path'; readonly session: string; readonly rest: string | undefined };

const MAX_CHARACTERS = 256;
const FORMS = 'an id ($1, @2, %3), "session", "session:window" or "session:window.pane"';

function refuse(what: string, why: string): never {
  throw new OrcError('INVALID_INPUT', `${what}: ${why}.`, { hint: `Expected ${FORMS}; list_sessions shows them.` });
}

/**
 * Reads a target. Names are not checked against our own whitelist, because a user's sessions may be called anything:
 * they are only ever compared, exactly, with a listing.
 * @throws OrcError INVALID_INPUT
 */
export function parseTarget(text: string, what = 'target'): Target {
  if (text === '') refuse(what, 'is empty');
  if (text.length > MAX_CHARACTERS) refuse(what, 'is too long');
  if (/[\p{Cc}\p{Cs}]/u.test(text)) refuse(what, 'has control characters');
  if (text.startsWith('=')) refuse(what, 'the "=" prefix of tmux is not used here, every match is exact');
  const session = parseSessionId(text);
  if (session !== undefined) return { kind: 'session-id', id: session };
  const window = parseWindowId(text);
  if (window !== undefined) return { kind: 'window-id', id: window };
  const pane = parsePaneId(text);
  if (pane !== undefined) return { kind: 'pane-id', id: pane };
  const colon = text.indexOf(':');
  if (colon === 0) refuse(what, 'names no session');
  if (colon === text.length - 1) refuse(what, 'names no window after the ":"');
  if (colon === -1) return { kind: 'path', session: storedSessionName(text), rest: undefined };
  return { kind: 'path', session: storedSessionName(text.slice(0, colon)), rest: text.slice(colon + 1) };
}
