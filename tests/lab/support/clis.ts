import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Long enough for every CLI, and for no service. */
export const KEY = 'stub-key-000000000000000000000000000000000000';

/** A home in which a CLI talks to the stub and asks nothing at its first start. */
export interface Home {
  /** $HOME of the CLI. */
  readonly path: string;
  /** The folder it works in. */
  readonly project: string;
  readonly url: string;
}

export interface Cli {
  /** Id of its provider. */
  readonly id: string;
  readonly command: string;
  /** What it needs besides what a provider sets. */
  readonly env: (home: Home) => Readonly<Record<string, string>>;
  /** Words that choose the stub's model, and that it asks before it runs a command. */
  readonly args: readonly string[];
  /** What it does, as it says, in the first seconds after the model answered with an error; `error` where not told. */
  readonly retries?: Readonly<Partial<Record<number, 'working'>>>;
  /** Statuses of a model's answer that it can be asked for one after the other. */
  readonly statuses: readonly number[];
  /** As it is named at its start, where that is needed. */
  readonly model?: string;
  /** It asks before it runs a command. */
  readonly asks: boolean;
  /** Whatever error the model answers with, it tries again, until two Escapes. */
  readonly triesAgain?: true;
  /** How long it takes after the model's answer until it asks. */
  readonly askDelayMs?: number;
  /** Files of the home, by path below it. */
  readonly files: (home: Home) => Readonly<Record<string, unknown>>;
}

const claude: Cli = {
  id: 'claude',
  statuses: [429, 500, 529, 401, 400],
  asks: true,
  command: 'claude',
  env: ({ url }) => ({
    ...{ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: KEY, IS_SANDBOX: '1' },
    ...{ CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1', DISABLE_AUTOUPDATER: '1' },
  }),
  args: ['--permission-mode', 'default'],
  files: ({ project }) => ({
    '.claude.json': {
      ...{ hasCompletedOnboarding: true, lastOnboardingVersion: '99.0.0', theme: 'dark' },
      customApiKeyResponses: { approved: [KEY.slice(-20)], rejected: [] },
      projects: { [project]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
    },
  }),
};

const codex: Cli = {
  id: 'codex',
  retries: { 500: 'working', 529: 'working' },
  statuses: [429, 500, 529, 401, 400],
  asks: true,
  command: 'codex',
  env: () => ({ STUB_KEY: KEY }),
  args: ['--ask-for-approval', 'on-request'],
  files: ({ url, project }) => ({
    '.codex/config.toml': `model = "m1"
model_provider = "stub"
check_for_update_on_startup = false
[model_providers.stub]
name = "stub"
base_url = "${url}/v1"
wire_api = "responses"
env_key = "STUB_KEY"
[projects."${project}"]
trust_level = "trusted"
`,
  }),
};

const gemini: Cli = {
  id: 'gemini',
  retries: { 429: 'working', 500: 'working', 529: 'working' },
  statuses: [429, 500, 529, 401, 400],
  asks: true,
  command: 'gemini',
  env: ({ url }) => ({ GEMINI_API_KEY: KEY, GOOGLE_GEMINI_BASE_URL: url }),
  args: [],
  files: ({ project }) => ({
    '.gemini/settings.json': { security: { auth: { selectedType: 'gemini-api-key' } }, general: { disableAutoUpdate: true } },
    '.gemini/trustedFolders.json': { [project]: 'TRUST_FOLDER' },
  }), // prettier-ignore
};

const opencode: Cli = {
  id: 'opencode',
  triesAgain: true,
  model: 'stub/m1',
  statuses: [429, 500, 529, 401, 400],
  asks: true,
  command: 'opencode',
  env: ({ path }) => ({
    ...{ OPENCODE_DISABLE_MODELS_FETCH: '1', OPENCODE_DISABLE_AUTOUPDATE: '1' },
    // The folders of the test's own server would go before those of its home.
    ...{ XDG_CONFIG_HOME: join(path, '.config'), XDG_DATA_HOME: join(path, '.local', 'share') },
    ...{ XDG_STATE_HOME: join(path, '.local', 'state'), XDG_CACHE_HOME: join(path, '.cache') },
  }),
  args: [],
  files: ({ url }) => ({
    '.config/opencode/opencode.json': {
      ...{ model: 'stub/m1', small_model: 'stub/m1', autoupdate: false, share: 'disabled' },
      permission: { bash: 'ask' },
      provider: {
        stub: {
          ...{ npm: '@ai-sdk/openai-compatible', name: 'stub', models: { m1: { name: 'm1', tool_call: true } } },
          options: { baseURL: `${url}/v1`, apiKey: KEY },
        },
      },
    },
  }),
};

const qwen: Cli = {
  id: 'qwen',
  // It says that it works meanwhile.
  askDelayMs: 4000,
  retries: { 429: 'working', 500: 'working', 529: 'working' },
  statuses: [429, 500, 529, 401, 400],
  asks: true,
  command: 'qwen',
  env: ({ url }) => ({ OPENAI_API_KEY: KEY, OPENAI_BASE_URL: `${url}/v1`, OPENAI_MODEL: 'm1' }),
  args: [],
  files: () => ({
    '.qwen/settings.json': {
      security: { auth: { selectedType: 'openai' } },
      general: { disableAutoUpdate: true, enableAutoUpdate: false },
    },
  }),
};

const pi: Cli = {
  id: 'pi',
  model: 'stub/m1',
  // It keeps trying after others, and what is typed meanwhile is added to that turn.
  statuses: [400, 401],
  asks: false,
  command: 'pi',
  env: () => ({ PI_OFFLINE: '1' }),
  args: ['--provider', 'stub', '--model', 'm1'],
  files: ({ url }) => ({
    '.pi/agent/models.json': {
      providers: {
        stub: { baseUrl: `${url}/v1`, api: 'openai-completions', apiKey: KEY, models: [{ id: 'm1', name: 'm1' }] },
      },
    },
  }),
};

export const CLIS: readonly Cli[] = [claude, codex, gemini, opencode, qwen, pi];

/** Where the files of a CLI stay that it would leave in the folder for temporary ones. */
export const ownTemporary = ({ path }: Home): Readonly<Record<string, string>> => ({ TMPDIR: path });

/** Writes what the CLI looks for at its start. */
export function prepareHome(cli: Cli, home: Home): void {
  mkdirSync(home.project, { recursive: true });
  for (const [name, content] of Object.entries(cli.files(home))) {
    const path = join(home.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
  }
}
