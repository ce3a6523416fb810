import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { legacyHost } from '../support/program.js';
import { createWorld } from '../support/world.js';
import { CLIS, type Home, ownTemporary, prepareHome } from './support/clis.js';
import { openModelStub } from './stub/server.js';

const ONLY = (process.env.LAB_ONLY ?? '').split(',').filter((id) => id !== '');

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

it.each(CLIS.filter(({ id }) => id in UNTRUSTED && (ONLY.length === 0 || ONLY.includes(id))))(
  '$id tells the question that it asks at its start',
  { timeout: 120_000 },
  async (cli) => {
    const stub = await openModelStub();
    const path = mkdtempSync(join(process.env.LAB_HOMES ?? '', `${cli.id}-`));
    const home = { path, project: join(path, 'proj'), url: stub.url };
    prepareHome(cli, home);
    execFileSync('git', ['init', '-q', home.project]);
    UNTRUSTED[cli.id]?.make(home);
    const world = createWorld({
      PATH: `${process.env.LAB_BIN ?? ''}:${process.env.PATH ?? ''}`,
      TMUX_ORC_SECURITY_SANITIZER_ALLOWED_PATHS: path,
    });
    const host = await legacyHost(world);
    try {
      const env = { HOME: path, ...ownTemporary(home), ...cli.env(home) };
      const args = { name: 'asked', provider: cli.id, cwd: home.project, env, briefing: 'SAY briefed' };
      const { structuredContent: started } = await host.call('spawn_agent', args);
      process.stdout.write(`${cli.id} gate: ${JSON.stringify(started)}\n`);
      expect(started).toMatchObject({ ready: false, agent: { state: 'waiting_input' } });
      expect(started.gate.options.map(({ label }: { label: string }) => label)).toContainEqual(
        expect.stringMatching(UNTRUSTED[cli.id]!.option),
      );
      if (UNTRUSTED[cli.id]?.waits === true) expect(stub.received).toEqual([]);
    } finally {
      await host.close();
      await world.close();
      await stub.close();
      rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    }
  },
);
