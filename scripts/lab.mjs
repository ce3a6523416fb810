// Real agent CLIs against a stand-in for their models. `npm run lab` installs pinned versions in the cache folder of the
// user, and runs tests/lab inside a network namespace that has nothing but loopback: no CLI can reach anything.
//   --record          writes what is seen to tests/fixtures/screens, which `npm test` replays
//   --only ID[,ID]    only these CLIs
//   --test NAME       only the tests of this file, such as samples
//   --seconds N       how long each CLI is looked at by those; 60, or 300 for a table to publish
//   --long            sends each CLI four times as many messages
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** Exact, so that a run can be repeated. They are never a dependency: together they take 1.5 GB. */
const PACKAGES = {
  '@anthropic-ai/claude-code': '2.1.328',
  '@google/gemini-cli': '0.61.0',
  '@mariozechner/pi-coding-agent': '0.73.1',
  '@openai/codex': '0.169.0',
  '@qwen-code/qwen-code': '0.15.10',
  'opencode-ai': '1.18.33',
};
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const base = process.env.XDG_CACHE_HOME ?? '';
const CACHE = join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'tmux-orchestrator', 'lab');

/** @param {string} text */
const say = (text) => process.stdout.write(`${text}\n`);

/** @returns folder of the programs */
function installed() {
  const versions = JSON.stringify(PACKAGES);
  const folder = join(CACHE, `clis-${createHash('sha256').update(versions).digest('hex').slice(0, 12)}`);
  const bin = join(folder, 'node_modules', '.bin');
  if (existsSync(join(folder, 'complete'))) return bin;
  say(`Installing six agent CLIs in ${folder} (1.5 GB).`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: PACKAGES }));
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('npm could not install them; see above.');
  writeFileSync(join(folder, 'complete'), '');
  return bin;
}

/**
 * Words that start a program in a network namespace of its own, and in one of processes: what the CLIs leave in the
 * background ends with it. Undefined where that is not allowed.
 */
function namespace() {
  const words = ['-n', '-p', '-f', '--mount-proc', '--kill-child'];
  const up = ['sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  const ways = [
    ['unshare', ...words, ...up],
    ['unshare', '-r', ...words, ...up],
  ];
  return ways.find(
    ([program = '', ...argv]) => spawnSync(program, [...argv, 'true'], { stdio: 'ignore' }).status === 0,
  );
}

/** @param {string[]} argv @param {NodeJS.ProcessEnv} env @returns {Promise<number>} exit code */
function run([program = '', ...words], env) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { cwd: ROOT, env, stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

async function main() {
  const { values } = parseArgs({
    options: {
      record: { type: 'boolean', default: false },
      only: { type: 'string', default: '' },
      test: { type: 'string', default: '' },
      seconds: { type: 'string', default: '60' },
      long: { type: 'boolean', default: false },
    },
  });
  const prefix = namespace();
  if (prefix === undefined) {
    say('No network namespace can be made here (unshare and ip are needed, and the right to use them).');
    say('The CLIs are not started: they would reach for the network. What is safe without them is run by npm test.');
    return 1;
  }
  const bin = installed();
  // Not below /tmp: Codex refuses a home there. The socket of tmux needs a short path.
  mkdirSync(CACHE, { recursive: true });
  const homes = mkdtempSync(join(CACHE, 'homes-'));
  const sockets = mkdtempSync(join(tmpdir(), 'orc-lab-'));
  try {
    return await run(
      [
        ...prefix,
        join(ROOT, 'node_modules', '.bin', 'vitest'),
        'run',
        '--config',
        'vitest.lab.config.ts',
        ...(values.test === '' ? [] : [values.test]),
      ],
      {
        ...process.env,
        ...{ LAB_BIN: bin, LAB_HOMES: homes, LAB_ONLY: values.only, LAB_SECONDS: values.seconds, TMUX_TMPDIR: sockets },
        // Some CLIs leave files there.
        TMPDIR: homes,
        ...(values.long ? { LAB_LONG: '1' } : {}),
        ...(values.record ? { LAB_RECORD: join(ROOT, 'tests', 'fixtures', 'screens') } : {}),
      },
    );
  } finally {
    rmSync(sockets, { recursive: true, force: true });
    rmSync(homes, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

process.exitCode = await main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : 'unknown'}\n`);
  return 1;
});
