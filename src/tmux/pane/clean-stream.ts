import { StringDecoder } from 'node:string_decoder';
import { filterEscapes } from '../../security/text/escape-filter.js';

/** An escape sequence that may go on in the next chunk (ECMA-48): an introducer without its end, at the end of text. */
const UNFINISHED = /\u001b(?:\[[0-?]*[ -/]*|[ -/]*|[\]PX^_][^\u0007\u001b]*\u001b?)$/;
const MAX_HELD = 4096;

/**
 * The text of a byte stream, without terminal control, as it comes in. A lone CR, with which a program goes back to
 * the start of its line, stays as it is; CR LF is a line end.
 */
export function createCleanStream(): (bytes: Buffer) => string {
  const decoder = new StringDecoder('utf8');
  let held = '';
  return (bytes) => {
    const text = held + decoder.write(bytes);
    const unfinished = UNFINISHED.exec(text.slice(-MAX_HELD))?.[0].length ?? 0;
    const carriage = unfinished === 0 && text.endsWith('\r') ? 1 : 0;
    held = text.slice(text.length - unfinished - carriage);
    const whole = text.slice(0, text.length - held.length);
    // The filter would take a lone CR for a control; it is put aside for it.
    return whole
      .replaceAll('\r\n', '\n')
      .split('\r')
      .map((part) => filterEscapes(part).text)
      .join('\r');
  };
}
