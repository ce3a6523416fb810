import type { DetectionPack } from '../pack.js';

/** pi, seen with 0.73.1: a composer without a prompt between two rules; it asks before nothing. */
export const piPack: DetectionPack = {
  provider: 'pi',
  versions: { from: '0.70.0', to: '0.80.0' },
  composer: { kind: 'between', line: /^─{3}(?:─{17}| [↑↓] \d+ more ─)/, maxLines: 20 },
  scrolls: { kind: 'mark', mark: /^─── [↑↓] \d+ more ─/ },
  composerTail: 0,
  statusLines: 3,
  hint: /^ {60}/,
  dialogLines: 25,
  prompt: /^/,
  indent: /^/,
  placeholder: /^$/,
  pasted: /^\[paste #\d+ (?:\+\d+ lines|\d+ chars)\]$/,
  hasTrueTitle: false,
  options: { kind: 'lines', option: /^(?<selected>[→❯]?)\s*(?<label>\d{1,2}\. .+)$/ },
  markers: [
    { rule: 'status.retry', region: 'status', match: /^ [⠀-⣿] (?<text>Retrying \(\d+\/\d+\) in .*)$/, says: 'error' },
    { rule: 'status.spinner', region: 'status', match: /^ [⠀-⣿] \S.*\.\.\.$/, says: 'working' },
    { rule: 'status.error', region: 'status', match: /^ (?<text>Error: \d{3}\b.*)$/, says: 'error', isLast: true },
  ],
}; // prettier-ignore
