import { createHash } from 'node:crypto';
import { lastShown } from '../providers/last-shown.js';
import { packFor } from '../providers/pack.js';
import type { Provider } from '../providers/provider.js';
import type { Answer } from './answer.js';
import type { Observed } from './service.js';

/** What stands on the screen between the last message and the composer. */
export function shownAnswer({ packs }: Provider, { look, record, isOpen }: Observed): Answer | undefined {
  const { pack } = packFor(packs, record.version);
  const shown = pack && lastShown(look.lines, pack);
  if (shown === undefined) return undefined;
  const id = `screen ${createHash('sha256').update(shown.text).digest('hex')}`;
  return { text: shown.text, source: 'screen', id, complete: shown.isWhole && isOpen === false };
}
