import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from '../support/world.js';
import type { Home } from './support/clis.js';
import { CHOSEN, drive } from './support/driven.js';

function change(home: Home, file: string, edit: (text: string) => string): void {
  const path = join(home.path, file);
  writeFileSync(path, edit(readFileSync(path, 'utf8')));
}

/** What makes a CLI ask whether it may trust the folder, and what the question says. */
const UNTRUSTED: Readonly<
  Record<string, { readonly make: (home: Home) => void; readonly option: RegExp; readonly waits: boolean }>
> = {
  claude: {
    make: (home) => {
      change(home, '.claude.json', (text) => JSON.stringify({ ...(JSON.parse(text) as object), projects: {} }));
    },
    option: /trust this folder/,
    waits: true,
  },
  codex: {
    make: (home) => {
      change(home, '.codex/config.toml', (text) => text.replace(/\[projects[^]*$/, ''));
    },
    option: /Trust|Yes/,
    waits: true,
  },
  gemini: {
    make: (home) => {
      rmSync(join(home.path, '.gemini/trustedFolders.json'));
      change(home, '.gemini/settings.json', (text) => {
        const settings = JSON.parse(text) as { security: object };
        return JSON.stringify({ ...settings, security: { ...settings.security, folderTrust: { enabled: true } } });
      });
    },
    option: /Trust folder/,
    // It sends its first message to the model before the question is answered.
    waits: false,
  },
};

describe.each(CHOSEN.filter(({ id }) => id in UNTRUSTED))('$id in a folder that it does not know', (cli) => {
  const { make, option, waits } = UNTRUSTED[cli.id]!;

  it('tells the question that it asks at its start', { timeout: 120_000 }, async () => {
    const driven = await drive(cli, make);
    try {
      const started = await driven.spawn('asked', { briefing: 'SAY briefed' });
      process.stdout.write(`${cli.id} gate: ${JSON.stringify(started)}\n`);
      expect(started).toMatchObject({ ready: false, agent: { state: 'waiting_input' } });
      const labels = started.gate.options.map(({ label }: { label: string }) => label);
      expect(labels).toContainEqual(expect.stringMatching(option));
      if (waits) expect(driven.stub.received).toEqual([]);
      const choice = labels.find((label: string) => option.test(label));
      const answered = await driven.ok('answer_prompt', { agent: 'asked', choice, expect_title: started.gate.title });
      process.stdout.write(`${cli.id} gate answered: ${JSON.stringify(answered)}\n`);
      // Gemini CLI starts itself anew, and does not take its own conversation then.
      if (answered.state === 'crashed')
        expect(await driven.ok('restart_agent', { agent: 'asked' })).toMatchObject({ ready: true, resumed: true });
      await driven.becomes('asked', 'idle', 60_000);
      await until('the briefing', () => driven.stub.received.length > 0, 20_000);
    } finally {
      await driven.close();
    }
  });

  it('asks nothing where the operator has said that the folder is trusted', { timeout: 120_000 }, async () => {
    const driven = await drive(cli, make, ({ path }) => ({ TMUX_ORC_AGENTS_TRUSTED_FOLDERS: path }));
    try {
      const started = await driven.spawn('trusting', { briefing: 'SAY briefed' });
      expect(started).toMatchObject({ ready: true });
      expect(started.gate).toBeUndefined();
      await driven.becomes('trusting', 'idle', 60_000);
    } finally {
      await driven.close();
    }
  });
});
