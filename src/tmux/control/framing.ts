import type { Reply, TmuxRequest } from '../transport.js';

/**
 * Frames replies of control mode (tmux(1), CONTROL MODE) by a nonce. A pane's content stands unescaped between
 * `%begin` and `%end`, so a program can print lines equal to the real guards. Each command is therefore followed by a
 * `display-message` of a fresh random word: what precedes that word is the reply, whatever it looks like, because no
 * program can know the word before the reply is written.
 */
export interface FrameReader {
  /** Registers a request whose nonce was just written; replies come in the same order. */
  readonly expect: (nonce: string, shape: TmuxRequest['shape'], settle: (reply: Reply) => void) => void;
  /** Takes the next line; false when it belongs to no reply. */
  readonly line: (line: string) => boolean;
}

interface Frame {
  readonly nonce: string;
  readonly shape: TmuxRequest['shape'];
  readonly settle: (reply: Reply) => void;
}

const BEGIN = /^%begin ([0-9]+ [0-9]+ [0-9]+)$/;
// Flag 1 marks answers to our own input; the answer to attach-session itself has 0.
const OWN_BEGIN = /^%begin ([0-9]+ [0-9]+ 1)$/;
/** As for the spawned client: far beyond any listing or capture. */
const MAX_FRAME_CHARACTERS = 64 * 1024 * 1024;

function toReply(ok: boolean, lines: readonly string[]): Reply {
  const body = lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  return ok
    ? { ok, body: Buffer.from(body, 'latin1') }
    : { ok, error: Buffer.from(body, 'latin1').toString('utf8').trim() };
}

interface Framed {
  readonly reply: Reply;
  /** Lines that stood outside of it: notifications, and output of panes. */
  readonly before: readonly string[];
  readonly after: readonly string[];
}

/** The reply of one command: from its first guard to the last equal one. Lines around it are notifications. */
function singleReply(segment: readonly string[]): Framed | undefined {
  const start = segment.findIndex((line) => OWN_BEGIN.test(line));
  const guard = OWN_BEGIN.exec(segment[start] ?? '')?.[1];
  if (guard === undefined) return undefined;
  const end = segment.findLastIndex((line) => line === `%end ${guard}` || line === `%error ${guard}`);
  if (end <= start) return undefined;
  const reply = toReply(segment[end]?.startsWith('%end') === true, segment.slice(start + 1, end));
  return { reply, before: segment.slice(0, start), after: segment.slice(end + 1) };
}

/** The replies of several commands, one after the other; the first error is the reply of the whole. */
function listReply(segment: readonly string[]): Framed | undefined {
  const body: string[] = [];
  const before: string[] = [];
  let error: readonly string[] | undefined;
  let blocks = 0;
  for (let at = 0; at < segment.length; at++) {
    const line = segment[at] ?? '';
    const guard = OWN_BEGIN.exec(line)?.[1];
    if (guard === undefined) {
      before.push(line);
      continue;
    }
    const isEnd = (candidate: string): boolean => candidate === `%end ${guard}` || candidate === `%error ${guard}`;
    const end = segment.findIndex((candidate, index) => index > at && isEnd(candidate));
    if (end === -1) return undefined;
    const lines = segment.slice(at + 1, end);
    if (segment[end]?.startsWith('%error') === true) error ??= lines;
    body.push(...lines);
    blocks++;
    at = end;
  }
  return blocks === 0 ? undefined : { reply: toReply(error === undefined, error ?? body), before, after: [] };
}

/**
 * @param onBroken called when the stream no longer makes sense; the connection must then be dropped.
 * @param onOutside takes the lines that belong to no reply, in their order with the replies.
 */
export function createFrameReader(
  onBroken: (why: string) => void,
  onOutside: (line: string) => void = () => undefined,
): FrameReader {
  const frames: Frame[] = [];
  let segment: string[] = [];
  let size = 0;
  /** The `%end` that must follow a nonce. */
  let closing: string | undefined;

  const finish = (frame: Frame): void => {
    const framed = (frame.shape === 'single' ? singleReply : listReply)(segment);
    segment = [];
    size = 0;
    closing = undefined;
    frames.shift();
    if (framed === undefined) {
      onBroken('a reply without its guards');
      return;
    }
    framed.before.forEach(onOutside);
    frame.settle(framed.reply);
    framed.after.forEach(onOutside);
  };

  const onNonce = (): void => {
    const guard = BEGIN.exec(segment.pop() ?? '')?.[1];
    if (guard === undefined) onBroken('a nonce without its begin guard');
    else closing = `%end ${guard}`;
  };

  return {
    expect: (nonce, shape, settle) => {
      frames.push({ nonce, shape, settle });
    },
    line: (line) => {
      const frame = frames[0];
      if (frame === undefined) return false;
      if (closing !== undefined) {
        if (line === closing) finish(frame);
        else onBroken('a nonce without its end guard');
      } else if (line === frame.nonce) onNonce();
      else {
        segment.push(line);
        size += line.length + 1;
        if (size > MAX_FRAME_CHARACTERS) onBroken('a reply beyond any size');
      }
      return true;
    },
  };
}
