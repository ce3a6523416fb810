// The agents of a soak: plain shells, and some that behave like Claude Code. Each keeps a record of what it has really got.
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const FAKE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'tests', 'support', 'fake-agent.mjs');
const AT_ONCE = 4;

/** Environment in which `claude` is the fake agent. @param {string} folder */
export function fakeOnPath(folder) {
  const programs = join(folder, 'programs');
  mkdirSync(programs, { recursive: true });
  symlinkSync(FAKE, join(programs, 'claude'));
  return `${programs}:${process.env.PATH ?? ''}`;
}

const linesOf = (path) => (existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []);

/**
 * @param {{call: (name: string, args: object) => Promise<any>}} hosts
 * @param {string} folder
 * @param {{agents: number, fakes: number}} size
 */
export function createFleet({ call }, folder, { agents, fakes }) {
  const truth = join(folder, 'truth');
  mkdirSync(truth, { recursive: true });
  /** By place: who has it now. */
  const living = new Map();
  let count = 0;
  const spawn = async (place) => {
    const isFake = place < fakes;
    const name = `${isFake ? 'fake' : 'shell'}-${place}-${++count}`;
    const log = join(truth, name);
    const env = isFake ? { FAKE_LOG: log, FAKE_TURN_MS: '100' } : {};
    const provider = isFake ? 'claude' : 'shell';
    try {
      const { agent } = await call('spawn_agent', { name, provider, env });
      living.set(place, { name, isFake, log, pane: agent.pane, place });
    } catch {
      // What stopped it will pass: it is tried again with the next.
      living.delete(place);
    }
  };
  return {
    living: () => [...living.values()],
    gone: ({ place }) => living.delete(place),
    allGone: () => living.clear(),
    /** Starts whatever is missing. @param until on the clock of this process */
    fill: async (until) => {
      const missing = Array.from({ length: agents }, (_, place) => place).filter((place) => !living.has(place));
      const worker = async () => {
        while (missing.length > 0 && performance.now() < until) await spawn(missing.shift());
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    },
    /** What is sent to an agent so that it leaves a word behind. */
    textFor: ({ isFake, log }, word) => (isFake ? `Remember ${word}.` : `echo ${word} >> '${log}'`),
    /** How often an agent has really got that word. */
    got: ({ isFake, log }, word) =>
      linesOf(log).filter((line) => (isFake ? JSON.parse(line).taken?.includes(`${word}.`) : line === word)).length,
  };
}
