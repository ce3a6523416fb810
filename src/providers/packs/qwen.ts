import type { DetectionPack } from '../pack.js';

/** Qwen Code, seen with 0.15.10: a composer between two rules, dialogs in its place. */
export const qwenPack: DetectionPack = {
  provider: 'qwen',
  versions: { from: '0.15.0', to: '0.16.0' },
  composer: { kind: 'between', line: /^─{20,}/, maxLines: 12 },
  scrolls: { kind: 'rows', rows: 10 },
  composerTail: 0,
  statusLines: 8,
  hint: /^ {60}/,
  dialogLines: 25,
  prompt: /^>\s*/,
  indent: /^ {2}/,
  message: /^ {2}>\s/,
  placeholder: /^$|^Type your message or @path/,
  pasted: /^\[Pasted Content \d+ chars\]$/,
  hasTrueTitle: false,
  options: { kind: 'lines', option: /^(?<selected>›?)\s*(?<label>\d{1,2}\. .+)$/ },
  markers: [
    { rule: 'dialog.trust', region: 'dialog', match: /\b1\. (?:Trust folder|Yes, trust)\b/, says: 'waiting_input' },
    { rule: 'dialog.permission', region: 'dialog', match: /^\s*│ (?:Allow execution of|Apply this change|Do you want to proceed)\b.*\?/, says: 'waiting_permission' },
    { rule: 'dialog.waiting', region: 'dialog', match: /Waiting for user confirmation\.\.\.$/, says: 'waiting_permission', isLast: true },
    { rule: 'status.quota', region: 'status', match: /^\s*✕ (?<text>.*(?:exhausted your|quota exceeded).*)$/i, says: 'rate_limited', isLast: true, wraps: /^ {4}\S/ },
    { rule: 'status.error', region: 'status', match: /^\s*✕ (?<text>\[API Error: .*)$/, says: 'error', isLast: true, wraps: /^ {4}\S/ },
    // Behind it stand messages that wait; the agent's own lines have more before them. A narrow pane breaks it.
    { rule: 'status.spinner', region: 'status', match: /^ {2}(?:\.{1,3}|[⠀-⣿]) .*\((?:\d+[hms] ?)+(?:·|$)/, says: 'working' },
  ],
}; // prettier-ignore
