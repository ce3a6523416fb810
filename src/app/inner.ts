import type { LoadedConfig } from '../config/load.js';
import type { Clock } from '../kernel/clock.js';
import { deadlines } from '../security/inner/deadlines.js';
import { type InjectionDetector, injectionGuard } from '../security/inner/injection.js';
import { loopDetection } from '../security/inner/loop-detection.js';
import { plainRisk } from '../security/inner/plain-risk.js';
import { policy } from '../security/inner/policy.js';
import type { Layer } from '../security/ring.js';
import type { AppCall } from './dispatcher.js';

export interface InnerOptions {
  readonly config: () => LoadedConfig['config'];
  readonly clock: Clock;
  readonly detector: InjectionDetector;
}

/** Waits are clamped to 55 s by themselves; this only catches one that does not end. */
const WAIT_LIMIT_MS = 60_000;

/** The inner ring, first is outermost. */
export function createInner({ config, clock, detector }: InnerOptions): Layer<AppCall>[] {
  return [
    policy<AppCall>(() => config().security),
    // Before whatever asks a person: nobody is asked about a call that is refused anyway.
    loopDetection<AppCall>({ settings: () => config().security.loop_detection, now: () => clock.mono() }),
    injectionGuard<AppCall>(detector),
    plainRisk<AppCall>(),
    (call, next) => {
      const toolMs = config().security.timeouts.tool_seconds * 1000;
      return deadlines<AppCall>({ clock, toolMs, waitMs: WAIT_LIMIT_MS })(call, next);
    },
  ];
}
