// How a host works with agents: it starts them, gives each a task, waits, reads the answers and ends them. No other
// file knows the tools for that.
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, ROOT } from './place.mjs';
import { DemoError } from './problems.mjs';

/** @typedef {import('./tasks.mjs').Agent} Agent */
/** @typedef {import('./host.mjs').Host} Host */

export const SESSION = 'demo';
const TICK_MS = 400;
const LOOK_MS = 2000;
/** As often as the same may be asked before it is taken for a loop. */
const MOST_LOOKS = 25;
const LONGEST_MS = 180_000;
const WAIT_SECONDS = 45;
const READS = 10;
const END_MS = 3000;
const NO_DELIVERY = ['refused', 'unknown'];

/** The lines of a text that are not empty. @param {string} text */
const linesOf = (text) => text.split('\n').filter((line) => line.trim() !== '');

/** @param {{title: string, options: {label: string}[]}} dialog */
const asks = ({ title, options }) => [`It asks: ${title}`, ...options.map(({ label }) => `  - ${label}`)];

const indentedText = (lines) => lines.map((line) => `  ${line}`).join('\n');

/** @param {Agent} agent @param {string} provider @param {any} started result of spawn_agent */
function startProblem({ name }, provider, { agent, gate, last_lines: last = '' }) {
  if (gate !== undefined)
    return `${name} did not start.\n${indentedText(asks(gate))}\nStart "${provider}" by hand in ${ROOT}, answer that yourself, then start the demo again.`;
  const shown = last === '' ? '' : `\n${indentedText(linesOf(last))}`;
  return `${name} did not start: it is ${agent.state}.${shown}\nStart "${provider}" by hand in ${ROOT} to see what it needs, for example a login.`;
}

/**
 * @param {Host} host
 * @param {Agent[]} agents
 * @param {string} provider
 * @param {AbortSignal} signal
 */
export async function startAgents(host, agents, provider, signal) {
  for (const agent of agents) {
    signal.throwIfAborted();
    const started = await host.call('spawn_agent', { name: agent.name, provider, session: SESSION });
    if (!started.ready) throw new DemoError(startProblem(agent, provider, started));
    agent.pane = started.agent.pane;
    agent.state = started.agent.state;
  }
}

/** @param {Host} host @param {Agent[]} agents */
export async function sendTasks(host, agents) {
  const send = async (agent) => {
    agent.startedAt = performance.now();
    const { receipt } = await host.call('send_message', { agent: agent.name, message: agent.message });
    agent.receipt = receipt;
    agent.state = receipt.state;
    if (!NO_DELIVERY.includes(receipt.state)) return;
    agent.trouble = [`The task is ${receipt.state}.`, receipt.explanation ?? receipt.reason ?? ''];
    agent.endedAt = performance.now();
  };
  await Promise.all(agents.map(send));
}

/** @param {Host} host @param {Agent} agent */
async function readSoFar(host, agent) {
  const { text, complete, exit_code: exitCode } = await host.call('read_agent', { agent: agent.name });
  if (agent.endedAt !== undefined && agent.complete) return;
  Object.assign(agent, { output: linesOf(text), complete, exitCode });
}

/** A turn is seen to be over a moment before its answer is there. */
async function readAnswer(host, agent, signal) {
  agent.complete = false;
  agent.endedAt = performance.now();
  for (let read = 1; ; read++) {
    await readSoFar(host, agent);
    if (agent.complete) return;
    if (read === READS) break;
    await sleep(TICK_MS, undefined, { signal });
  }
  agent.trouble = ['It is at rest, and its answer is not to be found.'];
}

/** What only a person can settle. */
async function tellTrouble(host, agent) {
  const { state, dialog, text } = await host.call('get_agent_status', { agent: agent.name });
  agent.endedAt = performance.now();
  agent.trouble = [
    `It is ${state}.`,
    ...(text === undefined ? [] : linesOf(text)),
    ...(dialog === undefined ? [] : [...asks(dialog), `A host answers with answer_prompt, you with: agent answer ${agent.name} CHOICE`]),
  ]; // prettier-ignore
}

const isOpen = ({ endedAt }) => endedAt === undefined;

/**
 * Each wait ends as soon as any of those that are left is done, or none of them goes on by itself. An idle from before its
 * task does not count.
 */
async function waitForAll(host, agents, signal) {
  const after = Object.fromEntries(agents.map(({ name, receipt }) => [name, receipt.seq]));
  for (let open = agents.filter(isOpen); open.length > 0; open = agents.filter(isOpen)) {
    signal.throwIfAborted();
    const waited = await host.call('wait_for_agents', {
      agents: open.map(({ name }) => name),
      ...{ mode: 'any', after_seq: after, timeout_seconds: WAIT_SECONDS },
    });
    const states = new Map(waited.agents.map(({ name, state }) => [name, state]));
    const settle = async (agent) => {
      agent.state = states.get(agent.name) ?? 'gone';
      if (!waited.pending.includes(agent.name)) await readAnswer(host, agent, signal);
      else if (waited.outcome === 'attention') await tellTrouble(host, agent);
    };
    await Promise.all(open.map(settle));
  }
}

/** What shells have printed so far. */
async function lookOn(host, agents, signal) {
  for (let look = 0; look < MOST_LOOKS; look++) {
    await sleep(LOOK_MS, undefined, { signal });
    await Promise.all(agents.filter((agent) => isOpen(agent) && agent.isCommand).map((agent) => readSoFar(host, agent)));
  }
} // prettier-ignore

/**
 * Waits until all have answered, or will not by themselves.
 *
 * @param {Host} host
 * @param {Agent[]} agents
 * @param {object} options
 * @param {AbortSignal} options.signal
 * @param {(agents: Agent[]) => void} options.onLook
 */
export async function followAgents(host, agents, { signal, onLook }) {
  // Held here: Node 20 collects what only AbortSignal.any knows, and then it never ends.
  const longest = AbortSignal.timeout(LONGEST_MS);
  const limit = AbortSignal.any([signal, longest]);
  const done = new AbortController();
  const tick = setInterval(() => onLook(agents), TICK_MS);
  const looking = lookOn(host, agents, AbortSignal.any([limit, done.signal])).catch(() => undefined);
  const stopped = new Promise((_resolve, reject) => {
    limit.addEventListener('abort', () => reject(limit.reason), { once: true });
  });
  try {
    const waiting = waitForAll(host, agents, limit);
    waiting.catch(() => undefined);
    await Promise.race([waiting, stopped]);
  } catch (error) {
    if (!longest.aborted || signal.aborted) throw error;
    for (const agent of agents.filter(isOpen)) {
      agent.endedAt = performance.now();
      agent.trouble = [`Still ${agent.state} after ${LONGEST_MS / 1000} s.`];
    }
  } finally {
    done.abort();
    clearInterval(tick);
    await looking;
    onLook(agents);
  }
}

/** @param {Host} host */
async function panePids(host) {
  const { sessions } = await host.call('list_sessions', { detail: 'panes' });
  return sessions.flatMap(({ windows }) => windows.flatMap(({ panes }) => panes.map(({ pid }) => pid)));
}

/**
 * Ends the agents and proves that nothing of them is left.
 *
 * @param {Host} host
 * @param {Agent[]} agents
 * @returns {Promise<{ends: string[], programs: number}>} how each ended, and how many programs have
 */
export async function endAgents(host, agents) {
  const pids = await panePids(host);
  const end = async ({ name }) => (await host.call('kill_agent', { agent: name })).ended_by ?? 'itself';
  const ends = await Promise.all(agents.map(end));
  const { agents: left } = await host.call('list_agents');
  if (left.length > 0) throw new DemoError(`Still listed after kill_agent: ${left.map(({ name }) => name).join(', ')}.`);
  const { sessions } = await host.call('list_sessions');
  if (sessions.length > 0) throw new DemoError('The session is still there after its agents were ended.');
  const deadline = performance.now() + END_MS;
  while (pids.some(isAlive) && performance.now() < deadline) await sleep(50);
  const alive = pids.filter(isAlive);
  if (alive.length > 0) throw new DemoError(`Programs that still run: ${alive.join(', ')}.`);
  return { ends, programs: pids.length };
} // prettier-ignore
