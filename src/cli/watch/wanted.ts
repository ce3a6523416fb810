import type { ListedPane } from './fleet.js';
import type { Source } from './source.js';

/** Tells which panes are watched. */
export type Wanted = (pane: ListedPane) => boolean;

/** As tmux stores it: a dot in a session's name becomes `_`. */
const stored = (name: string): string => name.replaceAll('.', '_');

/** A session or window means all of its panes: that is what one watches. Every name is compared exactly. */
function covers(target: string, { id, session, window, index }: ListedPane): boolean {
  if ([id, session.id, window.id].includes(target)) return true;
  const colon = target.indexOf(':');
  if (colon === -1) return stored(target) === session.name;
  if (stored(target.slice(0, colon)) !== session.name) return false;
  const rest = target.slice(colon + 1);
  const names = [String(window.index), window.name];
  return names.some((name) => rest === name || rest === `${name}.${String(index)}`);
}

/**
 * Checks targets through the operations, which know what is wrong with one.
 * @throws OrcError INVALID_INPUT, NOT_FOUND, AMBIGUOUS
 */
export async function findWanted(source: Source, targets: readonly string[]): Promise<Wanted> {
  for (const target of targets) {
    if (/^[%@]/.test(target) || target.includes(':')) await source.look(target, { lines: 1 });
    else await source.session(target);
  }
  return targets.length === 0 ? () => true : (pane) => targets.some((target) => covers(target, pane));
}
