import { clientEnvironment } from '../../exec/clean-environment.js';
import { findBinary } from '../../exec/find-binary.js';
import { runProcess } from '../../exec/run-process.js';

/** A terminal in line mode keeps 4095 bytes of a line and drops the rest without a word (termios(3), canonical mode). */
export const COOKED_LINE_BYTES = 4000;

const TIMEOUT_MS = 1000;

/** True when the terminal is certainly in line mode. */
export async function isCooked(tty: string): Promise<boolean> {
  const stty = findBinary('stty', '/usr/bin:/bin');
  if (stty === undefined || !/^\/dev\/[A-Za-z0-9/]+$/.test(tty)) return false;
  const result = await runProcess(stty, [process.platform === 'linux' ? '-F' : '-f', tty, '-a'], {
    env: clientEnvironment({}),
    timeoutMs: TIMEOUT_MS,
    maxBytes: 65_536,
  });
  return /(?:^|\s)icanon\b/.test(result.stdout.toString('utf8'));
}

export function hasLongLine(text: string): boolean {
  return (
    Buffer.byteLength(text) > COOKED_LINE_BYTES &&
    text.split('\n').some((line) => Buffer.byteLength(line) > COOKED_LINE_BYTES)
  );
}
