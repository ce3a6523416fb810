import { fuse } from '../../src/agents/status/fuse.js';
import type { Evidence, Verdict } from '../../src/agents/status/evidence.js';
import { type DetectionPack, readScreen, readTitle, type ScreenReading } from '../../src/providers/pack.js';
import type { Screen } from '../../src/providers/screen.js';

const evidence = (source: 'screen' | 'title', reading: ScreenReading | undefined): Evidence[] =>
  reading?.says === undefined ? [] : [{ source, says: reading.says, rule: reading.rule, at: 0 }];

/** What screen and title alone say of an agent. */
export function screenVerdict(pack: DetectionPack, screen: Screen): Verdict {
  return fuse([...evidence('screen', readScreen(pack, screen)), ...evidence('title', readTitle(pack, screen))], 0);
}
