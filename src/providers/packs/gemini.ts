import type { DetectionPack } from '../pack.js';

/** What it adds to an error. Anything else below one is of a later turn. */
const NOTES = /^(?:ℹ | {2}\S)/;

/** Gemini CLI, seen with 0.61.0: the title tells whether it works, waits or is ready. */
export const geminiPack: DetectionPack = {
  provider: 'gemini',
  versions: { from: '0.50.0', to: '0.80.0' },
  composer: { kind: 'prompt', first: /^ >( |$)/, more: /^ {3}/ },
  composerTail: 0,
  statusLines: 4,
  hint: /^ (?:Shift\+Tab|YOLO)\b|^─{20,}|^ {60}/,
  dialogLines: 25,
  prompt: /^ >\s*/,
  indent: /^ {3}/,
  placeholder: /^$|^Type your message or @path|^Type your shell command$|^Press '(?:Esc|i)' for (?:NORMAL|INSERT) mode\.$/,
  pasted: /^\[Pasted Text: \d+ (?:lines|chars)\]$/,
  hasTrueTitle: true,
  options: { kind: 'lines', option: /^(?<selected>●?)\s*(?<label>\d{1,2}\. .+)$/ },
  markers: [
    { rule: 'title.action', region: 'title', match: /^✋\s+Action Required/, says: 'waiting_permission' },
    { rule: 'title.working', region: 'title', match: /^✦\s+Working/, says: 'working' },
    { rule: 'title.ready', region: 'title', match: /^◇\s+Ready/, says: 'idle' },
    { rule: 'dialog.trust', region: 'dialog', match: /\b1\. Trust folder\b/, says: 'waiting_input' },
    { rule: 'dialog.login', region: 'dialog', match: /How would you like to authenticate/, says: 'waiting_input' },
    { rule: 'dialog.permission', region: 'dialog', match: /^│ (?:Allow execution of|Apply this change|Do you want to proceed)\b.*\?/, says: 'waiting_permission' },
    { rule: 'dialog.limit', region: 'dialog', match: /(?<text>Usage limit reached.*)/, says: 'rate_limited' },
    { rule: 'status.quota', region: 'status', match: /^✕ (?<text>.*(?:exhausted your|quota exceeded).*)$/i, says: 'rate_limited', isLast: true, wraps: NOTES },
    { rule: 'status.error', region: 'status', match: /^✕ (?<text>\[API Error: .*)$/, says: 'error', isLast: true, wraps: NOTES },
    { rule: 'status.spinner', region: 'status', match: /^ [⠀-⣿] .*\(esc to cancel, \d/, says: 'working' },
  ],
}; // prettier-ignore
