import { freemem } from 'node:os';
import type { Clock } from '../kernel/clock.js';
import { OrcError } from '../kernel/errors.js';
import { isCommand, type Provider } from '../providers/provider.js';
import { MAX_WORD_BYTES } from '../security/text/command.js';
import type { ManagedAgent, ManagedAgents } from '../store/managed-agents.js';
import type { Listing } from '../tmux/listing.js';
import type { Prepared } from './launch.js';
import { type AgentRecord, putRecord } from './records.js';
import { isLive } from './service.js';
import type { Spawner, SpawnSources, SpawnWish } from './spawn-wish.js';

const MB = 1_048_576;

function denied(message: string, hint: string): never {
  throw new OrcError('DENIED', message, { hint });
}

/** Memory that programs can get; undefined where the system does not tell it in one number. */
function freeBytes(): number | undefined {
  return process.platform === 'darwin' ? undefined : freemem();
}

/** @throws OrcError DENIED when there may not be one more */
function requireRoom({ owner, maxAgents, require }: Spawner, others: readonly ManagedAgent[]): void {
  if (others.length >= maxAgents)
    denied(`There are ${String(others.length)} agents, as many as may be.`, 'agents.max_agents is the bound; kill_agent ends one.');
  require(others.filter((agent) => agent.owner === owner).length);
} // prettier-ignore

/**
 * Whether an agent is live by a listing; what was started after that one was taken is not in it. What seems to have been
 * started later than now was started before the clock was set back.
 */
export const isLiveSince = ({ now }: Pick<Clock, 'now'>, takenAt: number, listing: Listing) => (agent: ManagedAgent): boolean => {
  const at = agent.renewed ?? agent.since;
  return (at >= takenAt && at <= now()) || isLive(agent, listing);
}; // prettier-ignore

export const nameTaken = (): OrcError =>
  new OrcError('CONFLICT', 'An agent of this name runs on this tmux server.', {
    hint: 'Choose another name; list_agents shows those that there are.',
  });

interface NewAgent {
  readonly agent: ManagedAgent;
  readonly record: AgentRecord;
  readonly spawner: Spawner;
  readonly isLive: (agent: ManagedAgent) => boolean;
}

/** Makes it an agent, if there is room and its name is free. @param undo runs where it does not become one */
export async function putOnRecord(rows: ManagedAgents, { agent, record, spawner, isLive: lives }: NewAgent, undo: () => Promise<void>): Promise<void> {
  try {
    const added = await rows.add(agent, {
      isLive: lives,
      check: (others) => {
        requireRoom(spawner, others);
      },
      also: (tx) => {
        putRecord(tx, agent, record);
      },
    });
    if (!added) throw nameTaken();
  } catch (error) {
    await undo();
    throw error;
  }
} // prettier-ignore

/** Before anything is made; it is decided once more when the agent is put on record. @throws OrcError */
export async function requireStart({ rows }: SpawnSources, wish: SpawnWish, spawner: Spawner, listing: Listing): Promise<void> {
  const live = (await rows.list()).filter((agent) => isLive(agent, listing));
  if (live.some(({ name }) => name === wish.name)) throw nameTaken();
  requireRoom(spawner, live);
  if ((freeBytes() ?? Infinity) < spawner.minFreeBytes)
    denied(`Less than ${String(Math.round(spawner.minFreeBytes / MB))} MB of memory are free.`, 'agents.min_free_memory_mb is the bound; end something first.');
} // prettier-ignore

/** @throws OrcError INVALID_INPUT for what the CLI would not take as a message */
export function requireBriefing({ id, kind, resumesSilently }: Provider, { briefing, resume }: SpawnWish): void {
  if (briefing === undefined) return;
  const refuse = (why: string, hint: string): never => {
    throw new OrcError('INVALID_INPUT', `briefing: ${why}.`, { hint });
  };
  if (kind === 'shell') refuse('a shell takes commands, no briefing', 'Leave it out, and give it commands with run_command.');
  if (resume !== undefined && resumesSilently === true) refuse(`${id} takes none with a conversation that goes on`, 'Leave it out, and send it when the agent is ready.');
  if (isCommand(briefing)) refuse('a CLI takes a text that begins with / or !, or is only exit or quit, for a command of its own', 'Begin with a word.');
} // prettier-ignore

/** @throws OrcError INVALID_INPUT where nothing of before can go on */
export function requireResume({ id, conversations }: Provider, { resume }: SpawnWish): void {
  if (resume !== undefined && conversations === undefined)
    throw new OrcError('INVALID_INPUT', `resume: ${id} has no conversations that go on.`, { hint: 'Leave it out.' });
}

/** @throws OrcError INVALID_INPUT for a briefing that is too long as the CLI gets it: some want a flag before it */
export function requireWords({ args }: Prepared): void {
  if (args.some((word) => Buffer.byteLength(word) > MAX_WORD_BYTES))
    throw new OrcError('INVALID_INPUT', `briefing: an argument takes no more than ${String(MAX_WORD_BYTES)} bytes.`, {
      hint: 'Write it to a file and name that.',
    });
}
