import { OrcError } from '../kernel/errors.js';
import { allowedDirectory, type Directory } from '../security/text/directory.js';
import { parseTarget, type Target } from '../security/text/target.js';
import { type Place, resolve } from '../tmux/resolve.js';
import type { OperationContext } from './define-operation.js';

const EXPECTED = {
  session: 'a session: an id such as $1, or its name',
  window: 'a window: an id such as @2, or session:window',
} as const;

function names(target: Target, kind: 'session' | 'window'): boolean {
  if (target.kind === 'path') return (target.rest === undefined) === (kind === 'session');
  return target.kind === (kind === 'session' ? 'session-id' : 'window-id');
}

/** `session:window.pane` finds a pane; where a window is wanted that is one too many. */
function namesWindow(place: Place, target: Target): boolean {
  if (target.kind !== 'path' || target.rest === undefined) return true;
  const { name, index } = place.window;
  return target.rest === name || (/^[0-9]+$/.test(target.rest) && Number(target.rest) === index);
}

/**
 * Finds what a target names.
 * @param kind `session` and `window` refuse targets of another kind.
 * @throws OrcError INVALID_INPUT, NOT_FOUND, AMBIGUOUS
 */
export async function findPlace(
  context: OperationContext,
  text: string,
  field: string,
  kind: 'pane' | 'session' | 'window' = 'pane',
): Promise<Place> {
  const target = parseTarget(text, field);
  if (kind !== 'pane' && !names(target, kind)) {
    throw new OrcError('INVALID_INPUT', `${field}: expected ${EXPECTED[kind]}.`, {
      hint: 'list_sessions shows ids and names.',
    });
  }
  const place = resolve(await context.tmux.list(), target);
  if (kind === 'window' && !namesWindow(place, target)) {
    throw new OrcError('INVALID_INPUT', `${field}: names a pane, expected a window.`, {
      hint: `Its window is ${place.window.id}.`,
    });
  }
  return place;
}

/** The working directory a caller asked for, checked; undefined when none was. */
export async function findDirectory(
  context: OperationContext,
  cwd: string | undefined,
): Promise<Directory | undefined> {
  return cwd === undefined ? undefined : allowedDirectory(cwd, context.settings.directories);
}

/** Spreads into an object only when there is a value. */
export function given<Key extends string, Value>(key: Key, value: Value | undefined): Partial<Record<Key, Value>> {
  return value === undefined ? {} : ({ [key]: value } as Record<Key, Value>);
}
