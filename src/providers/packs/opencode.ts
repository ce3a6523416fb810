import type { DetectionPack } from '../pack.js';

/** OpenCode, seen with 1.18.33: a full-screen program; the line below the composer tells what it does. */
export const opencodePack: DetectionPack = {
  provider: 'opencode',
  versions: { from: '1.18.0', to: '1.30.0' },
  composer: { kind: 'block', line: /^\s*┃(?! \S.*┃$)/, close: /^\s*╹▀{10,}/ },
  // The last line in the box names agent and model.
  composerTail: 1,
  statusLines: 3,
  hint: /^ {60}/,
  dialogLines: 25,
  prompt: /^\s*┃\s*/,
  indent: /^\s*┃(?: {2})?/,
  placeholder: /^$|^(?:Ask anything|Run a command)… "[^]*"$/,
  pasted: /^\[Pasted ~\d+ lines\]$/,
  hasTrueTitle: false,
  options: { kind: 'row', option: /^(?<options>\S.*?) {3,}(?:ctrl\+\w \w+ +)?⇆ select/ },
  markers: [
    { rule: 'dialog.permission', region: 'dialog', match: /^\s*┃\s*△ Permission required/, says: 'waiting_permission' },
    { rule: 'dialog.question', region: 'dialog', match: /\benter (?:confirm|submit)\b/, says: 'waiting_input' },
    { rule: 'footer.retry', region: 'footer', match: /^\s*[■⬝]+ +(?<text>\S.*\[retrying in .*?\])/, says: 'error' },
    { rule: 'footer.interrupt', region: 'footer', match: /\besc (?:again to )?interrupt\b/, says: 'working' },
  ],
}; // prettier-ignore
