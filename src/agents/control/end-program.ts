import { hasEnded, type ProcessMark, signalTo } from '../../exec/process-mark.js';
import type { Ending } from '../../kernel/agent-words.js';
import { OrcError } from '../../kernel/errors.js';
import { cleanMessage } from '../../security/text/message.js';
import type { Provider } from '../../providers/provider.js';
import type { ManagedAgent } from '../../store/managed-agents.js';
import { processOf } from '../processes.js';
import { type ControlSources, press, untilSeen } from './press.js';
import { isEnded, see, type Sight } from '../sight.js';

/** How much of the time a command to end may take; what is left is for a signal. */
const FOR_COMMAND = 0.6;
/** A typed command has to show before it is sent. */
const SHOWN_MS = 2500;
const MAX_BYTES = 100;

/** It waits for a message, and nothing is written there: what is typed now is read as it is. */
const isAtPrompt = ({ facts, look, pane }: Sight): boolean =>
  facts.state === 'idle' && look.dialog === undefined && look.draft === '' && pane?.mode === '' && !pane.synchronized;

/** Whether a command stands in the composer: some CLIs show what it does above it, or mark its end with what has no width. */
const showsCommand = ({ look: { draft } }: Sight, command: string): boolean =>
  draft?.split('\n').at(-1)?.replaceAll(/\p{Cf}/gu, '').trim() === command; // prettier-ignore

/** Types the command of its CLI that ends it, and sends it once it is seen to stand there. @returns whether it was sent */
async function tellToEnd(sources: ControlSources, agent: ManagedAgent, { exitCommand }: Provider): Promise<boolean> {
  const look = (): Promise<Sight> => see(sources, agent);
  const before = await look();
  if (exitCommand === undefined || before.pane === undefined || !isAtPrompt(before)) return false;
  await press(sources, before.pane, { text: cleanMessage(exitCommand, MAX_BYTES).text });
  const isShown = (seen: Sight): boolean => showsCommand(seen, exitCommand) || isEnded(seen);
  const { sight, isSo } = await untilSeen(sources, look, isShown, SHOWN_MS);
  if (!isSo || sight.pane === undefined || sight.pane.dead) return isEnded(sight);
  await press(sources, sight.pane, { keys: ['Enter'] });
  return true;
}

/** A shell takes a command where it is at its prompt with nothing written there; that is what runs commands knows. */
async function tellShell({ tmux, signal }: ControlSources, { found, pane, provider }: Sight, timeoutMs: number): Promise<boolean> {
  if (pane === undefined || found === undefined || provider?.exitCommand === undefined) return false;
  const { state } = await tmux.jobs.run({ session: found.session.id, pane: pane.id, cursorY: pane.cursorY }, provider.exitCommand, { timeoutMs, signal });
  return state !== 'refused';
} // prettier-ignore

/** What cannot be typed is no reason not to go on to a signal. @returns whether it was done, or may have been */
async function attempt(work: () => Promise<boolean>): Promise<boolean> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OrcError) || error.code === 'CANCELLED') throw error;
    return error.code === 'OUTCOME_UNKNOWN';
  }
}

/**
 * Ends what an agent runs: by the command of its CLI where it waits for one, else by a signal. The pane stays.
 * @param graceMs how long all of it may take
 * @returns what ended it, undefined where it still runs
 */
export async function endProgram(sources: ControlSources, agent: ManagedAgent, graceMs: number): Promise<Ending | undefined> {
  const { clock } = sources;
  const deadline = clock.mono() + graceMs;
  const look = (): Promise<Sight> => see(sources, agent);
  const ends = async (timeoutMs: number): Promise<boolean> => (await untilSeen(sources, look, isEnded, timeoutMs)).isSo;
  const left = (): number => Math.max(0, deadline - clock.mono());
  const sight = await look();
  const { record, provider } = sight;
  const target = processOf(record);
  if (provider !== undefined && graceMs > 0) {
    const isShell = provider.kind === 'shell';
    const told = await attempt(() =>
      isShell ? tellShell(sources, sight, graceMs * FOR_COMMAND) : tellToEnd(sources, agent, provider),
    );
    if (told && (await ends(left() * FOR_COMMAND))) return 'exit_command';
  }
  // A shell at its prompt takes no notice of the usual one.
  if (target !== undefined && signalTo(target, provider?.kind === 'shell' ? 'SIGHUP' : 'SIGTERM') && (await ends(left()))) return 'signal';
  return (await ends(0)) ? 'signal' : undefined;
} // prettier-ignore

/** The last means: what takes no other signal is killed. @returns whether it runs no more */
export async function killProgram(sources: ControlSources, agent: ManagedAgent, target: ProcessMark, timeoutMs: number): Promise<boolean> {
  signalTo(target, 'SIGKILL');
  return untilGone(sources, agent, target, timeoutMs);
} // prettier-ignore

/** @returns whether its process was seen to be gone */
export async function untilGone(sources: ControlSources, agent: ManagedAgent, target: ProcessMark, timeoutMs: number): Promise<boolean> {
  const isGone = (sight: Sight): boolean => isEnded(sight) && hasEnded(target);
  return (await untilSeen(sources, () => see(sources, agent), isGone, timeoutMs)).isSo;
} // prettier-ignore
