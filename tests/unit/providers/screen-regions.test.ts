import { describe, expect, it } from 'vitest';
import { builtInProviders } from '../../../src/providers/index.js';
import { type DetectionPack, readScreen } from '../../../src/providers/pack.js';

const packOf = (id: string): DetectionPack => builtInProviders.byId(id)!.packs.at(-1)!;
const RULE = '─'.repeat(120);
const reading = (id: string, lines: readonly string[]) => readScreen(packOf(id), { title: '', lines });

describe('trouble on a screen', () => {
  const composer = [RULE, ' >   Type your message or @path/to/file', '', ' workspace (/directory)'];
  const failed = ['✕ [API Error: stub error 400]', '', 'ℹ This request failed. Press F12 for diagnostics.', ''];

  it('is that of the last turn only', () => {
    expect(reading('gemini', [...failed, ...composer])).toMatchObject({ says: 'error', rule: 'status.error' });
    expect(reading('gemini', [...failed, ' > go on', '✦ done', ...composer])).toMatchObject({ says: 'idle' });
  });

  it('is told whole where the program breaks its lines', () => {
    const limit = ['■ You’ve hit your usage limit. Upgrade to Pro or try again', 'at 2:24 AM.', ''];
    const rest = ['› Ask Codex to do anything', '', '  m1 default · ~/proj'];
    expect(reading('codex', [...limit, ...rest])).toMatchObject({
      ...{ says: 'rate_limited', text: 'You’ve hit your usage limit. Upgrade to Pro or try again at 2:24 AM.' },
    });
    expect(reading('codex', [...limit, '› go on', '• done', '', ...rest])).toMatchObject({ says: 'idle' });
  });

  it('has no frame in its text, and the options of its dialog', () => {
    const dialog = ['╭──────╮', '│ Usage limit reached for all Pro models.    │', '│ ● 1. Keep trying  │', '│   2. Stop         │', '╰──────╯']; // prettier-ignore
    expect(reading('gemini', dialog)).toMatchObject({
      ...{ says: 'rate_limited', text: 'Usage limit reached for all Pro models.' },
      dialog: { options: [{ label: 'Keep trying', selected: true }, { label: 'Stop', selected: false }] },
    }); // prettier-ignore
  });
});
