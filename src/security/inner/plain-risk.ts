import type { Call, Layer } from '../ring.js';

/** Notes the risk of calls that the gate before tmux does not judge: reads, and what stops things and is never refused. */
export function plainRisk<Context extends Call>(): Layer<Context> {
  return (call, next) => {
    const { operation } = call;
    const risk = operation?.effect === 'read' ? 'low' : operation?.exempt === true ? 'medium' : undefined;
    if (risk !== undefined) call.note?.({ risk });
    return next(call);
  };
}
