import type { Duty } from '../monitor/duties.js';
import { createUsageMeter } from '../monitor/process-usage.js';
import { createSampling } from '../monitor/sampling.js';
import type { DutyTools } from './duty-tools.js';

const MB = 1_048_576;

/** Measures what agents use. */
export function sampling({ store, config, clock }: DutyTools): Duty {
  const maxMemoryBytes = (): number | undefined => {
    const { max_memory_mb: most } = config().agents;
    return most === null ? undefined : most * MB;
  };
  return createSampling({ store, meter: createUsageMeter(clock.mono), maxMemoryBytes });
}
