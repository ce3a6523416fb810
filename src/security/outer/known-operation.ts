import { OrcError } from '../../kernel/errors.js';
import { didYouMean, shown } from '../../kernel/text.js';
import type { Call, Layer } from '../ring.js';

/** Refuses calls that name no operation or could not be read. Stands inside the outer ring, so that ring sees them. */
export function knownOperation<Context extends Call>(): Layer<Context> {
  return (call, next) => {
    if (call.malformed !== undefined) throw call.malformed;
    if (call.operation !== undefined) return next(call);
    const name = call.name ?? '';
    throw new OrcError('UNKNOWN_TOOL', `There is no tool "${shown(name)}".${didYouMean(name, call.offered)}`, {
      hint: 'tools/list shows the tools; tmux-orc --help the commands.',
    });
  };
}
