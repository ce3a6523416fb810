import { OrcError } from '../../kernel/errors.js';
import { hasLoneSurrogate } from '../../kernel/text.js';
import { filterEscapes } from './escape-filter.js';
import { removeHidden } from './hidden-unicode.js';

declare const brand: unique symbol;
/** Text that may be pasted into a pane: no control bytes but `\n` and `\t`, nothing invisible. */
export type MessageText = string & { readonly [brand]: 'MessageText' };

export interface CleanMessage {
  readonly text: MessageText;
  readonly bytes: number;
  readonly removed: { readonly escapes: number; readonly controls: number; readonly hidden: number };
}

/**
 * The permissive message policy: line ends become LF; escape sequences, control and smuggled characters are removed
 * and counted; quotes, backticks, `$`, `;`, `../`, formats and every script are left exactly as they are.
 * @param maxBytes largest accepted size in UTF-8 bytes, before and after cleaning.
 * @throws OrcError INVALID_INPUT for NUL, lone surrogates, an empty or an oversize text.
 */
export function cleanMessage(raw: string, maxBytes: number, what = 'text'): CleanMessage {
  if (raw.includes('\0'))
    throw new OrcError('INVALID_INPUT', `${what}: holds a NUL character, which tmux cannot carry.`, {
      hint: 'Remove it.',
    });
  if (hasLoneSurrogate(raw))
    throw new OrcError('INVALID_INPUT', `${what}: is not valid Unicode (a lone surrogate).`, {
      hint: 'Send well-formed text.',
    });
  const bytes = Buffer.byteLength(raw);
  if (bytes > maxBytes) {
    throw new OrcError('INVALID_INPUT', `${what}: ${String(bytes)} bytes, more than the allowed ${String(maxBytes)}.`, {
      hint: 'Write it to a file and send the path, or send it in parts.',
    });
  }
  const escaped = filterEscapes(raw.replaceAll(/\r\n?/g, '\n'));
  const shownText = removeHidden(escaped.text);
  if (shownText.text === '') {
    throw new OrcError('INVALID_INPUT', `${what}: nothing is left to send.`, {
      hint: 'Control keys go in keys, for example ["Enter"] or ["C-c"].',
    });
  }
  return {
    text: shownText.text as MessageText,
    bytes: Buffer.byteLength(shownText.text),
    removed: { escapes: escaped.escapes, controls: escaped.controls, hidden: shownText.hidden },
  };
}

/** With a blank behind it: what stands at its end means nothing more than itself then. */
export const padded = (text: MessageText): MessageText => `${text} ` as MessageText;
