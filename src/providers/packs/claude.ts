import type { DetectionPack } from '../pack.js';

/** Claude Code 2.1, seen with 2.1.328: a composer between two rules, dialogs in its place. */
export const claudePack: DetectionPack = {
  provider: 'claude',
  versions: { from: '2.1.200', to: '2.2.0' },
  composer: { kind: 'between', line: /^─{3}(?:─{17}| [↑↓] \d+ more ─)/, maxLines: 40 },
  scrolls: { kind: 'mark', mark: /^─── [↑↓] \d+ more ─/ },
  composerTail: 0,
  statusLines: 3,
  hint: /^ {30}/,
  dialogLines: 25,
  prompt: /^❯\s?/,
  indent: /^ {2}/,
  placeholder: /^$|^Try "[^"]*"$|^Press up to (?:edit|select) |^Press Enter to edit the selected message|^Taking your message back…$|^Message @\S+…$/,
  untyped: /\? for shortcuts\b/,
  pasted: /^\[Pasted text #\d+(?: \+\d+ lines)?\]$/,
  hasTrueTitle: false,
  options: { kind: 'lines', option: /^(?<selected>❯?)\s*(?<label>\d{1,2}\. .+|(?:Yes|No)\b.*)$/ },
  markers: [
    { rule: 'dialog.trust', region: 'dialog', match: /^\s*❯?\s*\d\. Yes, I trust this folder/, says: 'waiting_input' },
    { rule: 'dialog.permission', region: 'dialog', match: /^\s*Do you want to \S.*\?$/, says: 'waiting_permission' },
    { rule: 'dialog.amend', region: 'dialog', match: /^\s*Esc to cancel · Tab to amend/, says: 'waiting_permission' },
    { rule: 'dialog.plan', region: 'dialog', match: /^\s*Would you like to proceed\?/, says: 'waiting_permission' },
    { rule: 'dialog.choice', region: 'dialog', match: /^\s*Enter to (?:confirm|select|continue)\b/, says: 'waiting_input', isLast: true },
    { rule: 'status.limit', region: 'status', match: /^(?:[●✻⎿] | {2}⎿ {1,2})(?<text>(?:You've hit your (?:\w+ )?limit|Claude usage limit reached|(?:5-hour|Weekly|Session) limit reached)\b.*\breset.*)$/i, says: 'rate_limited', isLast: true },
    { rule: 'status.retry', region: 'status', match: /^\S (?<text>API error · retrying in .*)$/, says: 'error' },
    { rule: 'status.error', region: 'status', match: /^● (?<text>API Error: .*)$/, says: 'error', isLast: true },
    { rule: 'status.spinner', region: 'status', match: /^[^\w\s❯●] \S.*… \((?:\d+[hms]\s?)+/, says: 'working' },
    { rule: 'footer.interrupt', region: 'footer', match: /\besc to interrupt\b/, says: 'working' },
  ],
}; // prettier-ignore
