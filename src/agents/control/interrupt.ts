import { isAsking } from '../../kernel/agent-words.js';
import { OrcError } from '../../kernel/errors.js';
import type { ManagedAgent } from '../../store/managed-agents.js';
import { type AgentFacts, agentNamed } from '../service.js';
import type { Waiting } from '../spawn-wish.js';
import { type ControlSources, permitted, press, untilSeen } from './press.js';
import { see, type Sight } from '../sight.js';

/** How a turn was stopped. */
export interface Interrupted {
  readonly facts: AgentFacts;
  /** Keys that were pressed; none where nothing was at work. */
  readonly pressed: readonly string[];
}

/** How often its keys are pressed, and how long each time may take. */
const ATTEMPTS = 3;
const PATIENCE_MS = 4000;
/** Between keys that are pressed one after the other: some programs take two at once for another one. */
const BETWEEN_MS = 400;
/** So many looks in a row have to show that it is over. */
const LOOKS = 2;

/** Of what a hook has told long ago nobody knows whether it goes on. */
const TELLS_NOW: readonly string[] = ['api', 'registry', 'title', 'screen', 'process'];

/** It is seen to be at work, or to try again. */
function isAtWork({ facts, look }: Sight): boolean {
  if (facts.state === 'working') return true;
  if (facts.state !== 'error' && facts.state !== 'rate_limited') return false;
  return look.evidence.some(({ source, says }) => says === 'working' && TELLS_NOW.includes(source));
}

/** It waits for a permission, and says that Escape refuses that. */
const canRefuse = ({ facts, look: { dialog } }: Sight, keys: readonly string[]): boolean =>
  facts.state === 'waiting_permission' && dialog?.cancels === true && keys.every((key) => key === 'Escape');

const isStoppable = (sight: Sight, keys: readonly string[]): boolean => isAtWork(sight) || canRefuse(sight, keys);

const OVER: readonly string[] = ['idle', 'exited', 'crashed', 'error', 'rate_limited'];
const isOver = (sight: Sight): boolean =>
  OVER.includes(sight.facts.state) && !isAtWork(sight) && !sight.record.isOpen && sight.look.dialog === undefined;

/** @throws OrcError AGENT_UNREADY where it cannot be told what a key would do */
function unready({ facts }: Sight): never {
  const asks = isAsking(facts.state);
  throw new OrcError('AGENT_UNREADY', `${asks ? 'It asks something that no key is known to refuse' : 'It is not known what it does'}. Nothing was pressed.`, {
    hint: asks ? 'answer_prompt answers it; get_agent_status shows the question.' : 'capture_pane shows it; send_keys presses keys.',
  });
} // prettier-ignore

/** @returns why it was not pressed, where somebody else has pressed something meanwhile */
async function pressOnce(sources: ControlSources, { pane }: Sight, key: string): Promise<OrcError | undefined> {
  if (pane === undefined) return undefined;
  try {
    await press(sources, pane, { keys: [key], stops: true });
    return undefined;
  } catch (error) {
    if (error instanceof OrcError && error.code === 'CONFLICT') return error;
    throw error;
  }
}

/** Looks until it is steadily seen to be over. */
async function untilOver(sources: ControlSources, agent: ManagedAgent, timeoutMs: number): Promise<{ sight: Sight; isSo: boolean }> {
  let inARow = 0;
  const isSteady = (sight: Sight): boolean => (inARow = isOver(sight) ? inARow + 1 : 0) >= LOOKS;
  return untilSeen(sources, () => see(sources, agent), isSteady, timeoutMs);
} // prettier-ignore

/** Presses all its keys, as long as it is seen at work before each. @returns those that were pressed, or why none was */
async function pressAll(sources: ControlSources, agent: ManagedAgent, first: Sight, keys: readonly string[]): Promise<string[] | OrcError> {
  const pressed: string[] = [];
  let refusal: OrcError | undefined;
  let sight = first;
  for (const [index, key] of keys.entries()) {
    if (index > 0) ({ sight } = await untilSeen(sources, () => see(sources, agent), isOver, BETWEEN_MS));
    if (!isStoppable(sight, keys)) break;
    refusal = await pressOnce(sources, sight, key);
    if (refusal !== undefined) break;
    pressed.push(key);
  }
  return pressed.length === 0 && refusal !== undefined ? refusal : pressed;
} // prettier-ignore

/**
 * Stops the turn of an agent and proves that it is over. Keys are only pressed while it is seen at work: where it is not,
 * they would mean something else.
 * @throws OrcError NOT_FOUND, DENIED, AGENT_UNREADY, OUTCOME_UNKNOWN
 */
export async function interruptAgent(sources: ControlSources, name: string, waiting: Waiting): Promise<Interrupted> {
  const agent = await agentNamed(sources.rows, name);
  const inside = permitted(sources);
  let sight = await see(inside, agent);
  if (sight.pane === undefined || sight.pane.dead) return { facts: sight.facts, pressed: [] };
  await sources.permit.stop(agent.pane, agent.server.pid);
  if (isOver(sight)) return { facts: sight.facts, pressed: [] };
  const keys = sight.provider?.interruptKeys ?? [];
  if (keys.length === 0 || !isStoppable(sight, keys)) unready(sight);
  const pressed: string[] = [];
  return waiting(async () => {
    let refusal: OrcError | undefined;
    for (let attempt = 0; attempt < ATTEMPTS && isStoppable(sight, keys); attempt++) {
      const done = await pressAll(inside, agent, sight, keys);
      if (done instanceof OrcError) refusal = done;
      else pressed.push(...done);
      const over = await untilOver(inside, agent, PATIENCE_MS);
      if (over.isSo) return { facts: over.sight.facts, pressed };
      ({ sight } = over);
    }
    if (pressed.length === 0 && refusal !== undefined) throw refusal;
    throw new OrcError('OUTCOME_UNKNOWN', 'It was interrupted, and is not seen to have stopped.', {
      hint: 'get_agent_status tells what it does; kill_agent ends it.',
    });
  });
}
