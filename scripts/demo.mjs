#!/usr/bin/env node
// The demo: an MCP client starts tmux-orc as a host would, and gives three agents real work on this repository.
// It exits with 0 only when all of it worked, and leaves nothing behind unless --keep is given.
import process from 'node:process';
import { parseArgs } from 'node:util';
import { createPlace, ROOT } from './demo/place.mjs';
import { DemoError, Stopped } from './demo/problems.mjs';
import { createScreen } from './demo/screen.mjs';
import { chooseTasks, checkProvider, passed, SHELL } from './demo/tasks.mjs';
import { endAgents, followAgents, sendTasks, SESSION, startAgents } from './demo/team.mjs';
import * as texts from './demo/texts.mjs';

const USAGE = `Usage: npm run demo [-- [--provider NAME] [--keep]]
  --provider NAME   agents of this CLI (claude, codex, gemini, opencode, qwen, pi), not shells; they use your account
  --keep            keep the session at the end and say how to attach to it
`;
const LIST = ['agent', 'list'];
const STOP_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };

/** @param {string[]} argv */
function readOptions(argv) {
  try {
    const options = { provider: { type: 'string' }, keep: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } };
    return parseArgs({ args: argv, options }).values;
  } catch (error) {
    throw new DemoError(`${error.message}\n${USAGE}`, 2);
  }
}

/** The SDK is a development dependency, which `node scripts/demo.mjs` alone does not install. */
async function loadHost() {
  try {
    return await import('./demo/host.mjs');
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new DemoError('The npm packages are not installed. Start the demo with: npm run demo', 2);
  }
}

/**
 * @param {import('./demo/screen.mjs').Screen} screen
 * @param {import('./demo/place.mjs').Place} place
 * @param {import('./demo/host.mjs').Host} host
 * @param {{provider: string, keep: boolean, signal: AbortSignal}} options
 */
async function show(screen, place, host, { provider, keep, signal }) {
  screen.step('Start the MCP server over stdio', texts.server(host.tools, host.startMs));

  const agents = chooseTasks(provider, place.paneEnv);
  await startAgents(host, agents, provider, signal);
  screen.step(`Start three agents in the session "${SESSION}" (spawn_agent)`, texts.agents(agents, provider, place));

  await sendTasks(host, agents);
  screen.step('Give each a task, and get a receipt (send_message)');
  for (const agent of agents) screen.receipt(agent);

  screen.step('Wait for them (wait_for_agents)');
  await followAgents(host, agents, { signal, onLook: screen.rows });
  screen.rowsDone();

  screen.step('Read what they answer (read_agent)');
  for (const agent of agents) screen.answer(agent);

  screen.step('The same with the CLI', texts.cliCommand(place, LIST));
  screen.cut(await place.cli([...LIST, '--socket-path', place.socket]));
  screen.lines(texts.cliExamples());

  const failed = agents.filter((agent) => !passed(agent));
  if (failed.length > 0) throw new DemoError(`Not everything worked: ${failed.map(({ name }) => name).join(', ')}.`);

  if (keep) screen.step('Keep the session', texts.kept(place));
  else screen.step('End them (kill_agent)', texts.ended(agents, await endAgents(host, agents)));
}

/**
 * @param {string[]} argv
 * @param {AbortSignal} signal
 * @param {(stop: () => void) => void} onPlace
 */
async function demo(argv, signal, onPlace) {
  const options = readOptions(argv);
  if (options.help) {
    process.stdout.write(USAGE);
    return;
  }
  const keep = options.keep === true;
  const provider = options.provider ?? SHELL;
  checkProvider(provider);
  const started = performance.now();
  const { connectHost } = await loadHost();
  const screen = createScreen(process.stdout, process.env);
  screen.title('tmux-orc demo: an MCP client works with three agents');
  const place = createPlace(provider === SHELL);
  onPlace(place.remove);
  let worked = false;
  /** @type {import('./demo/host.mjs').Host | undefined} */
  let host;
  try {
    place.start();
    host = await stoppable(connectHost(place), signal);
    await stoppable(show(screen, place, host, { provider, keep, signal }), signal);
    worked = true;
  } finally {
    screen.rowsDone();
    await host?.close();
    if (!worked || !keep) place.remove();
  }
  if (!keep) screen.step('Clean up', texts.cleanedUp());
  screen.title('Use it from your own host');
  screen.lines(texts.hostConfig(ROOT));
  screen.success(`Everything worked, in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

/**
 * Ends waiting as soon as the signal aborts; what was waited for ends with the server.
 *
 * @template T
 * @param {Promise<T>} work
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
function stoppable(work, signal) {
  const stopped = new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  work.catch(() => undefined);
  return Promise.race([work, stopped]);
}

const controller = new AbortController();
for (const [name, code] of Object.entries(STOP_CODES))
  process.on(name, () => controller.abort(new Stopped(name, code)));
// The reader of a pipe went away, as in `npm run demo | head`.
process.stdout.on('error', () => controller.abort(new Stopped('a closed pipe', 1)));

try {
  // A second removal does nothing; this one is for an end that nobody foresaw.
  await demo(process.argv.slice(2), controller.signal, (remove) => {
    process.on('exit', (code) => {
      if (code !== 0) remove();
    });
  });
} catch (error) {
  const known = controller.signal.aborted ? controller.signal.reason : error;
  process.stderr.write(known instanceof DemoError ? `\n${known.message}\n` : `\n${known.stack ?? known}\n`);
  // Not exitCode: a server that is still starting would keep this process; it ends with its standard input.
  process.exit(known.exitCode ?? 1);
}
