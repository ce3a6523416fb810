import { isAsking } from '../../kernel/agent-words.js';
import { sleep } from '../../kernel/clock.js';
import { OrcError } from '../../kernel/errors.js';
import { shown } from '../../kernel/text.js';
import { type Dialog, type DialogReply, isSameDialog } from '../../providers/dialog.js';
import type { ManagedAgent } from '../../store/managed-agents.js';
import type { PaneRow } from '../../tmux/listing.js';
import { tellApi } from '../api.js';
import { type AgentFacts, agentNamed } from '../service.js';
import type { Waiting } from '../spawn-wish.js';
import { type ControlSources, permitted, press, untilSeen } from './press.js';
import { see, type Sight } from '../sight.js';

/** How a question was answered. */
export interface Answered {
  /** The option that was chosen. */
  readonly index: number;
  /** As it was when it was answered. */
  readonly before: Dialog;
  readonly facts: AgentFacts;
  /** The question that came next. */
  readonly next: Dialog | undefined;
}

/** How long a key may take to show, and a question to go. */
const MOVE_MS = 2000;
const GONE_MS = 10_000;
/** A question that has just come up takes no key: Claude Code has lost those of its first 200 ms (2.1). */
const STANDS_MS = 500;
/** Further presses for keys that were not taken. */
const MORE_PRESSES = 3;

const changed = (): OrcError =>
  new OrcError('CONFLICT', 'It asks something else by now, or nothing. Nothing was chosen.', {
    hint: 'get_agent_status shows what it asks; read it before you answer.',
  });

const notUnderstood = (what: string): OrcError =>
  new OrcError('AGENT_UNREADY', `${what} Nothing was chosen.`, {
    hint: 'capture_pane shows it; answer it with send_keys, or at the terminal.',
  });

/** @throws OrcError CONFLICT, AGENT_UNREADY where there is no question that is understood */
function questionOf({ facts, look: { dialog }, pane }: Sight): { readonly dialog: Dialog; readonly pane: PaneRow } {
  if (pane === undefined || pane.dead)
    throw new OrcError('CONFLICT', 'It has ended.', { hint: 'get_agent_status tells how.' });
  if (facts.state === 'unknown') throw notUnderstood('What it shows is not known.');
  if (dialog !== undefined && dialog.options.length > 0) return { dialog, pane };
  if (isAsking(facts.state)) throw notUnderstood('What it asks is not understood.');
  throw new OrcError('CONFLICT', 'It asks nothing.', { hint: 'get_agent_status tells what it does.' });
}

/** The only option that is marked; undefined where none or several are. */
function markedOf({ options }: Dialog): number | undefined {
  const marked = options.flatMap(({ selected }, index) => (selected ? [index] : []));
  return marked.length === 1 ? marked[0] : undefined;
}

/** The same question, with the option that is marked now. @throws OrcError CONFLICT, AGENT_UNREADY */
function stillAsked(sight: Sight, before: Dialog): { readonly pane: PaneRow; readonly marked: number } {
  const {
    pane,
    look: { dialog },
  } = sight;
  if (pane === undefined || pane.dead || dialog === undefined || !isSameDialog(before, dialog)) throw changed();
  if (pane.mode !== '') throw notUnderstood('Somebody looks at its pane in a mode of tmux.');
  const marked = markedOf(dialog);
  if (marked === undefined) throw notUnderstood('Which option is marked cannot be seen.');
  return { pane, marked };
}

/** Moves the mark to an option, one key after the other, each seen to be taken. @returns the pane as it is then */
async function moveTo(sources: ControlSources, agent: ManagedAgent, before: Dialog, wanted: number): Promise<PaneRow> {
  const look = (): Promise<Sight> => see(sources, agent);
  let now = stillAsked(await look(), before);
  // Once more than it takes: what was looked at before a key was taken is no proof.
  for (let left = before.options.length + MORE_PRESSES; left > 0; left--) {
    const from = now.marked;
    if (from !== wanted) await press(sources, now.pane, { keys: [from < wanted ? 'Down' : 'Up'] });
    const isMoved = ({ look: { dialog } }: Sight): boolean => isSameDialog(before, dialog) && markedOf(dialog) !== from;
    const { sight } = from === wanted ? { sight: await look() } : await untilSeen(sources, look, isMoved, MOVE_MS);
    now = stillAsked(sight, before);
    if (from === wanted && now.marked === wanted) return now.pane;
  }
  throw notUnderstood('The mark does not move to that option.');
}

/** @param since when the question was seen first @throws OrcError CONFLICT, AGENT_UNREADY */
async function choose(
  sources: ControlSources,
  agent: ManagedAgent,
  before: Dialog,
  wanted: number,
  since: number,
): Promise<void> {
  const { isField, reply } = before.options[wanted] ?? {};
  if (isField === true) throw notUnderstood('That option wants a text that is typed.');
  if (reply !== undefined) return sendReply(sources, agent, before, reply);
  await sleep(Math.max(0, since + STANDS_MS - sources.clock.mono()), sources.signal);
  const pane = await moveTo(sources, agent, before, wanted);
  await press(sources, pane, { keys: ['Enter'] });
}

/** By the CLI's own server, which knows each question by a name of its own. */
async function sendReply(sources: ControlSources, agent: ManagedAgent, before: Dialog, reply: DialogReply): Promise<void> {
  const { look: { dialog }, record, provider } = await see(sources, agent);
  const api = provider?.api;
  if (api === undefined || record.api === undefined || !isSameDialog(before, dialog)) throw changed();
  if (!(await tellApi(api, record.api, reply, sources.signal))) throw changed();
} // prettier-ignore

/** The CLI's own server knows it by a name. */
const isNamed = ({ options }: Dialog): boolean => options.some(({ reply }) => reply !== undefined);

/** Whether a question is no longer shown, and the one who asked has gone on. */
const isGone = ({ look: { dialog }, facts, pane }: Sight, before: Dialog): boolean => {
  if (pane === undefined || pane.dead) return true;
  // The screen may show for longer than its server knows of it.
  if (dialog !== undefined) return !isSameDialog(before, dialog) && isNamed(before) === isNamed(dialog);
  return !isAsking(facts.state) && facts.state !== 'unknown';
};

/** A mark that stands elsewhere than where it was pressed is of the next question, though that reads the same. */
const isNext = (sight: Sight, before: Dialog, wanted: number): boolean => {
  const { dialog } = sight.look;
  const marked = dialog === undefined || !isSameDialog(before, dialog) ? undefined : markedOf(dialog);
  return marked !== undefined && marked !== wanted;
};

/**
 * Answers the question of an agent by the label of an option. The option that is marked is never trusted: it is moved to
 * the wanted one and looked at again before Enter is pressed, and the question is seen to go.
 * @param pick the index of the option; throws where the question is not the expected one
 * @throws OrcError NOT_FOUND, CONFLICT, AGENT_UNREADY, DENIED, OUTCOME_UNKNOWN
 */
export async function answerAgent(
  sources: ControlSources,
  name: string,
  pick: (dialog: Dialog) => number,
  waiting: Waiting,
): Promise<Answered> {
  const agent = await agentNamed(sources.rows, name);
  const { dialog: before } = questionOf(await see(sources, agent));
  const since = sources.clock.mono();
  const wanted = pick(before);
  const label = before.options[wanted]?.label ?? '';
  await sources.permit.input(agent.pane, `answer "${shown(label)}" to its question "${shown(before.title)}"`);
  const inside = permitted(sources);
  return waiting(async () => {
    await choose(inside, agent, before, wanted, since);
    const look = (): Promise<Sight> => see(inside, agent);
    const { sight, isSo } = await untilSeen(inside, look, (seen) => isGone(seen, before) || isNext(seen, before, wanted), GONE_MS);
    if (!isSo)
      throw new OrcError('OUTCOME_UNKNOWN', 'It was answered, and its question does not go.', {
        hint: 'Look at it before you answer again: get_agent_status, capture_pane.',
      });
    return { index: wanted, before, facts: sight.facts, next: sight.look.dialog };
  });
} // prettier-ignore
