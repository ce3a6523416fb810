import { randomUUID } from 'node:crypto';
import { OrcError } from '../../kernel/errors.js';
import type { KeyName } from '../../security/text/keys.js';
import type { MessageText } from '../../security/text/message.js';
import type { Ask } from '../ask.js';
import { type Command, encode } from '../encode.js';
import type { Listing, PaneRow } from '../listing.js';
import type { TmuxRequest } from '../transport.js';
import type { PaneInput, WriteReceipt } from '../model.js';
import { COOKED_LINE_BYTES, hasLongLine, isCooked } from './cooked.js';

/** tmux stands still while it parses a line; pieces keep that short and under its parser's limits. */
const PIECE_BYTES = 256 * 1024;
const SENT = 'SENT';
const REFUSED = 'REFUSED';
/** Modes that `send-keys -X cancel` leaves. */
const LEAVABLE = new Set(['copy-mode', 'view-mode']);

/** The text into a buffer of our own name: an unnamed buffer may be another program's (OSC 52). */
function bufferLines(buffer: string, text: string): TmuxRequest[] {
  const bytes = Buffer.from(text, 'utf8');
  const lines: TmuxRequest[] = [];
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const piece = bytes.subarray(at, at + PIECE_BYTES);
    lines.push({
      line: encode(['set-buffer', ...(at === 0 ? [] : ['-a']), '-b', buffer, '--', piece]),
      shape: 'single',
    });
  }
  return lines;
}

/**
 * One command list that checks and acts inside the server. The condition is one equality with an exact string, so
 * that anything unexpected, an unknown format or another pane, falls to REFUSED.
 */
export function guarded(
  pane: Pick<PaneRow, 'id' | 'server' | 'pid'>,
  extra: readonly (readonly [format: string, value: string])[],
  then: readonly Command[],
  otherwise: readonly Command[],
): string {
  const facts: (readonly [string, string])[] = [
    ['#{pane_dead}', '0'],
    ['#{pane_input_off}', '0'],
    ['#{pid}', String(pane.server.pid)],
    ['#{start_time}', String(pane.server.startedAt)],
    ['#{pane_pid}', String(pane.pid)],
    ['#{pane_id}', pane.id],
    ...extra,
  ];
  const condition = `#{==:${facts.map(([format]) => format).join('|')},${facts.map(([, value]) => value).join('|')}}`;
  const refuse: Command = ['display-message', '-p', REFUSED];
  return encode([
    'if-shell',
    '-F',
    '-t',
    pane.id,
    condition,
    encode(...then, ['display-message', '-p', SENT]),
    encode(...otherwise, refuse),
  ]);
}

function refuseState(message: string, hint: string): never {
  throw new OrcError('CONFLICT', message, { hint });
}

function checkBefore(pane: PaneRow, keys: readonly KeyName[]): void {
  if (pane.dead) refuseState('The program in this pane has ended.', 'Kill the pane, or use another.');
  if (pane.inputOff) refuseState('Input to this pane is switched off.', 'Switch it on with: tmux select-pane -e.');
  if (keys.length === 0) return;
  if (pane.synchronized)
    refuseState(
      'synchronize-panes is on: keys would reach the other panes of the window too.',
      'Switch it off, or send text only.',
    );
  if (pane.mode !== '' && !LEAVABLE.has(pane.mode)) {
    throw new OrcError('AGENT_UNREADY', 'The pane shows a menu of tmux, which would take the keys.', {
      hint: 'Someone is choosing something there; try again when it is closed.',
    });
  }
}

/** Says why tmux refused, from a fresh look. */
function explainRefusal(pane: PaneRow, listing: Listing): OrcError {
  const now = listing.sessions
    .flatMap((session) => session.windows.flatMap((window) => window.panes))
    .find((row) => row.id === pane.id);
  if (now === undefined)
    return new OrcError('NOT_FOUND', 'No such pane: it is gone.', { hint: 'list_sessions shows what there is.' });
  const why = now.pid !== pane.pid || now.server.pid !== pane.server.pid ? 'The pane now runs another process than the one it was found with.'
    : now.dead ? 'The program in this pane has ended.'
    : now.inputOff ? 'Input to this pane is switched off.'
    : 'The pane changed its state while it was written to.'; // prettier-ignore
  return new OrcError('CONFLICT', `${why} Nothing was sent.`, { hint: 'Look at the pane again before you send.' });
}

async function checkLines(pane: PaneRow, text: MessageText | undefined): Promise<void> {
  if (text === undefined || !hasLongLine(text) || !(await isCooked(pane.tty))) return;
  const limit = String(COOKED_LINE_BYTES);
  refuseState(
    `The program reads whole lines and its terminal drops what is beyond ${limit} bytes of one.`,
    'Send shorter lines.',
  );
}

/** The commands that put the input into the pane, in order. */
function inputCommands(pane: PaneRow, { text, keys = [] }: PaneInput, buffer: string): Command[] {
  const paste: Command[] = text === undefined ? [] : [['paste-buffer', '-p', '-r', '-d', '-b', buffer, '-t', pane.id]];
  if (keys.length === 0) return paste;
  // Copy mode would take the keys; pasting goes past it.
  const leave: Command[] = pane.mode === '' ? [] : [['send-keys', '-X', '-t', pane.id, 'cancel']];
  return [...leave, ...paste, ['send-keys', '-t', pane.id, '--', ...keys]];
}

/** How to look at what became of a write, also when the time of its call is over. */
export interface Aftermath {
  readonly list: () => Promise<Listing>;
  readonly read: Ask['read'];
}

/**
 * Pastes text and presses keys, all or nothing, with a receipt in the pane's option `@orc_last`.
 * @throws OrcError CONFLICT, NOT_FOUND, AGENT_UNREADY when nothing was sent; OUTCOME_UNKNOWN when tmux did not answer.
 */
export async function send(ask: Ask, after: Aftermath, pane: PaneRow, input: PaneInput): Promise<WriteReceipt> {
  const keys = input.keys ?? [];
  checkBefore(pane, keys);
  await checkLines(pane, input.text);
  const id = randomUUID();
  const buffer = `orc-${id}`;
  const receipt: Command = ['set-option', '-p', '-t', pane.id, '@orc_last', id];
  const mode = pane.mode === '' ? '0' : '1';
  const asSeen = [
    ...(keys.length > 0 ? [['#{?pane_in_mode,1,0}', mode] as const, ['#{pane_synchronized}', '0'] as const] : []),
    ...(input.program === undefined ? [] : [['#{pane_current_command}', input.program] as const]),
    ...(input.after === undefined ? [] : [['#{@orc_last}', input.after] as const]),
  ];
  const drop: Command[] = input.text === undefined ? [] : [['delete-buffer', '-b', buffer]];
  const line = guarded(pane, asSeen, [...inputCommands(pane, input, buffer), receipt], drop);
  const last = encode(['display-message', '-p', '-t', pane.id, '#{@orc_last}']);
  const probe = async (): Promise<boolean> => (await after.read(last)).toString('utf8').trim() === id;
  const before = input.text === undefined ? [] : bufferLines(buffer, input.text);
  const operation = input.stops === true ? 'interrupt' : 'send';
  const answer = await ask.write({ operation, target: pane.id, probe }, line, before);
  // An empty answer is a lost connection whose receipt was found.
  if (answer.trim() !== SENT && answer !== '') throw explainRefusal(pane, await after.list());
  return { id };
}
