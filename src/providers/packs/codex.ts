import type { DetectionPack } from '../pack.js';

/** It breaks long lines, and begins the next one at the edge. */
const WRAPPED = /^[^•■›✗⚠\s]/;

/** Codex, seen with 0.169.0. While text streams its screen looks idle: only the title tells. */
export const codexPack: DetectionPack = {
  provider: 'codex',
  versions: { from: '0.149.0', to: '0.200.0' },
  composer: { kind: 'prompt', first: /^[›»!](?: |$)/, more: /^ {2}/, footerLines: 3, unless: /^\s*(?:Press enter to |Enter to submit)/ },
  scrolls: { kind: 'mark', mark: /(?<=^.{20,}) [↑↓]$/ },
  composerTail: 0,
  statusLines: 3,
  hint: /^ {60}/,
  dialogLines: 25,
  prompt: /^[›»]\s?/,
  indent: /^ {2}/,
  placeholder: /^$|^Ask Codex to do anything$|^Ask a follow-up question$|^Explain this codebase$/,
  pasted: /^\[Pasted Content \d+ chars\]$/,
  hasTrueTitle: true,
  options: { kind: 'lines', option: /^(?<selected>›?)\s*(?<label>\d\. .+)$/ },
  markers: [
    { rule: 'title.action', region: 'title', match: /^\[ [!.] \] Action Required\b/, says: 'waiting_permission' },
    { rule: 'title.spinner', region: 'title', match: /^[⠀-⣿] /, says: 'working' },
    { rule: 'dialog.trust', region: 'dialog', match: /^\s*›?\s*1\. (?:Trust and continue|Yes, continue)/, says: 'waiting_input' },
    { rule: 'dialog.update', region: 'dialog', match: /Update available!/, says: 'waiting_input' },
    { rule: 'dialog.login', region: 'dialog', match: /Sign in with ChatGPT/, says: 'waiting_input' },
    { rule: 'dialog.command', region: 'dialog', match: /^\s*(?:Would you like to|Allow command|Do you want to)\b.*\?/, says: 'waiting_permission' },
    { rule: 'dialog.confirm', region: 'dialog', match: /^\s*(?:Press enter to confirm or esc to cancel|Enter to submit answer)/, says: 'waiting_permission', isLast: true },
    // Its letters scroll, and Enter goes back to an earlier message.
    { rule: 'footer.browsing', region: 'footer', match: /^ {2}Browsing transcript · /, says: 'waiting_input' },
    { rule: 'status.limit', region: 'status', match: /^■ (?<text>You['’]ve hit your usage limit.*)$/, says: 'rate_limited', isLast: true, wraps: WRAPPED },
    { rule: 'status.reconnect', region: 'status', match: /^[•◦] (?<text>(?:Server is busy, r|R|r)econnecting.*?) \(/, says: 'error' },
    { rule: 'status.retries', region: 'status', match: /^■ (?<text>exceeded retry limit.*)$/i, says: 'error', isLast: true, wraps: WRAPPED },
    { rule: 'status.error', region: 'status', match: /^■ (?<text>(?!Conversation interrupted).*)$/, says: 'error', isLast: true, wraps: WRAPPED },
    { rule: 'status.working', region: 'status', match: /^[•◦] \S.* \(\d.*esc to interrupt\)$/, says: 'working' },
  ],
}; // prettier-ignore
