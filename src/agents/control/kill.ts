import type { Ending } from '../../kernel/agent-words.js';
import { OrcError } from '../../kernel/errors.js';
import type { PaneId } from '../../kernel/ids.js';
import { agentNamed, type AgentFacts, isLive } from '../service.js';
import { type Released, releaseWorktree } from '../place.js';
import { processOf } from '../processes.js';
import type { Waiting } from '../spawn-wish.js';
import type { Worktrees } from '../worktree.js';
import type { ManagedAgent } from '../../store/managed-agents.js';
import { endProgram, killProgram, untilGone } from './end-program.js';
import { type ControlSources, permitted } from './press.js';
import { isEnded, see, type Sight } from '../sight.js';

export interface KillSources extends ControlSources {
  readonly worktrees: Worktrees;
  readonly undoMarks: (pane: PaneId) => Promise<void>;
}

/** How an agent was ended. */
export interface Killed {
  /** As it was when it had ended. */
  readonly facts: AgentFacts;
  /** Undefined where it had ended before. */
  readonly by: Ending | undefined;
  /** What became of its worktree. */
  readonly worktree: Released | undefined;
}

/** How long a process may take that nothing asks any more. */
const KILL_MS = 3000;
const HANGUP_MS = 1000;

function stillRuns(): never {
  throw new OrcError('OUTCOME_UNKNOWN', 'It was told to end, and still runs.', {
    hint: 'Look at it: get_agent_status. It stays an agent.',
  });
}

/** Ends its pane, and whatever of it takes no notice of that. */
async function endPane(sources: KillSources, agent: ManagedAgent, { pane, record }: Sight): Promise<void> {
  if (pane === undefined) return;
  const target = processOf(record);
  await sources.tmux.killPane(pane.id);
  if (target === undefined || (await untilGone(sources, agent, target, HANGUP_MS))) return;
  if (!(await killProgram(sources, agent, target, KILL_MS))) stillRuns();
}

/** @returns what ended it, with what was seen then */
async function end(sources: KillSources, agent: ManagedAgent, graceMs: number): Promise<{ readonly by: Ending | undefined; readonly sight: Sight }> {
  const first = await see(sources, agent);
  if (isEnded(first)) return { by: undefined, sight: first };
  const by = await endProgram(sources, agent, graceMs);
  const sight = await see(sources, agent);
  if (by !== undefined || isEnded(sight)) return { by: by ?? 'signal', sight };
  const target = processOf(sight.record);
  // The pane of an adopted agent is a person's: only the program in it is ended.
  if (sight.record.isAlone) await endPane(sources, agent, sight);
  else if (target === undefined || !(await killProgram(sources, agent, target, KILL_MS))) stillRuns();
  return { by: sight.record.isAlone ? 'pane' : 'signal', sight: await see(sources, agent) };
} // prettier-ignore

/** Its pane where it was started in one of its own; what a person had there before stays. */
async function clear(sources: KillSources, agent: ManagedAgent, { record }: Sight): Promise<void> {
  const { pane } = await see(sources, agent);
  if (pane === undefined) return;
  if (record.isAlone) await sources.tmux.killPane(pane.id);
  else await sources.undoMarks(pane.id);
}

/**
 * Ends an agent and takes it off the record: by the command of its CLI where it waits for one, else by a signal, in the
 * end by ending its pane. Its end is proven by process facts. Its worktree goes where nothing would be lost by that.
 * @throws OrcError NOT_FOUND, DENIED, CONFIRMATION_REQUIRED, OUTCOME_UNKNOWN
 */
export async function killAgent(sources: KillSources, name: string, graceMs: number, waiting: Waiting): Promise<Killed> {
  // One of before a reboot has nothing that runs, and is not restored any more.
  const agent = await agentNamed({ byName: sources.records.agent }, name);
  const inside = permitted(sources);
  // Where its pane is gone, or runs another program, there is nothing of it that is ended.
  if ((await see(inside, agent)).pane !== undefined)
    await sources.permit.end(agent.pane, `end the agent "${agent.name}" with what it is doing`);
  // Whoever sees it end before it is off the record must not take that for a crash.
  await sources.records.setUnwanted(name, agent.panePid, true);
  const { by, sight } = await waiting(() => end(inside, agent, graceMs)).catch(async (error: unknown) => {
    await sources.records.setUnwanted(name, agent.panePid, false);
    throw error;
  });
  await clear(inside, agent, sight);
  await sources.rows.remove(name, agent);
  const listing = await inside.tmux.list();
  const worktree = await releaseWorktree(sources, name, listing, (other) => isLive(other, listing));
  await sources.records.drop(name, agent.panePid);
  return { facts: sight.facts, by, worktree };
} // prettier-ignore
