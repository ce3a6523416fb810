import type { Config } from '../../config/schema.js';
import type { Logger } from '../../kernel/logger.js';
import type { OutputFilter } from '../../security/outer/output-filter.js';
import type { Approvals } from '../../security/risk/approvals.js';
import { createCreations } from '../../security/risk/creations.js';
import type { Tmux } from '../../tmux/tmux.js';
import type { AppCall } from '../dispatcher.js';
import type { Stores } from '../stores.js';
import { createGate } from './gate.js';
import { guardTmux } from './guarded-tmux.js';
import { ownPane } from './own-pane.js';

export interface CallTmuxOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly config: () => Config;
  readonly logger: Logger;
  readonly outgoing: OutputFilter;
  readonly stores: Stores;
  readonly approvals: Approvals;
  /** Socket of the tmux server that calls go to. */
  readonly socketPath: () => string;
  readonly open: () => Tmux;
}

/** Waits go by their own clamp. */
const withinCall = (tmux: Tmux, { time }: AppCall): Tmux => (time === undefined ? tmux : tmux.endingBy(time.end));

/** The port to tmux as each call has it: behind a gate of its own. It is opened when the call first needs it. */
export function createCallTmux(options: CallTmuxOptions): (call: AppCall) => () => Tmux {
  const { env, config, logger, outgoing, stores, approvals, socketPath } = options;
  const judging = {
    settings: () => config().security,
    ...{ approvals, logger, clean: outgoing.text },
    creations: () => createCreations(stores.server(socketPath())),
    ownPane: () => ownPane(env, socketPath()),
  };
  return (call) => {
    let guarded: Tmux | undefined;
    return () => (guarded ??= guardTmux(withinCall(options.open(), call), createGate(judging, call), call.time?.begin));
  };
}
