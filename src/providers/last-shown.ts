import type { DetectionPack } from './pack.js';
import { aboveComposer } from './screen.js';

/** What a screen shows of an agent's last turn. */
export interface LastShown {
  readonly text: string;
  /** It begins below the message that the turn is about; else part of it may be above the screen. */
  readonly isWhole: boolean;
}

const isBlank = (line: string): boolean => line.trim() === '';

/** A message of the person is shown as it was typed: behind the prompt. */
function isMessage(line: string, { prompt, message = prompt }: DetectionPack): boolean {
  const found = message.exec(line);
  return found !== null && found[0].trim() !== '' && !isBlank(line.slice(found.index + found[0].length));
}

/** @returns undefined where there is no composer, or nothing above it */
export function lastShown(lines: readonly string[], pack: DetectionPack): LastShown | undefined {
  const above = aboveComposer(lines, pack);
  if (above === undefined) return undefined;
  const message = above.findLastIndex((line) => isMessage(line, pack));
  const end = above.findIndex((line, row) => row > message && isBlank(line));
  const rest = message < 0 ? above : above.slice(end < 0 ? above.length : end);
  const first = rest.findIndex((line) => !isBlank(line));
  // Hints come and go above the composer.
  const last = rest.findLastIndex((line) => !isBlank(line) && !pack.hint.test(line));
  if (first < 0 || last < first) return undefined;
  return { text: rest.slice(first, last + 1).join('\n'), isWhole: message >= 0 };
}
