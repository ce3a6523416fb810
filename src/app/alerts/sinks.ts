import { statSync } from 'node:fs';
import { clientEnvironment } from '../../exec/clean-environment.js';
import { findBinary } from '../../exec/find-binary.js';
import { runProcess } from '../../exec/run-process.js';
import { endingAfter, raceAbort } from '../../kernel/clock.js';

/** Takes one message of JSON. @returns why it was not taken, in words that name no address and no path */
export type Sink = (body: string, signal: AbortSignal) => Promise<string | undefined>;

const WEBHOOK_MS = 5000;
const COMMAND_MS = 10_000;
const MAX_OUTPUT_BYTES = 65_536;
const OTHERS_MAY_WRITE = 0o002;

/** fetch takes no address with a name and a password in it (https://fetch.spec.whatwg.org/#dom-request). */
function withoutCredentials(text: string): { readonly url: URL; readonly headers: Record<string, string> } {
  const url = new URL(text);
  const { username, password } = url;
  if (username === '' && password === '') return { url, headers: {} };
  [url.username, url.password] = ['', ''];
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } };
}

/** Posts to an address that the config has checked. A redirect could lead anywhere, so none is followed. */
export function webhook(address: string): Sink {
  return async (body, signal) => {
    const ending = endingAfter(signal, WEBHOOK_MS);
    try {
      const { url, headers } = withoutCredentials(address);
      // Stable from Node 21 on; Node 20 has the same.
      // eslint-disable-next-line n/no-unsupported-features/node-builtins
      const answer = fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'user-agent': 'tmux-orc', ...headers },
        body,
        redirect: 'manual',
        signal: ending,
      });
      const response = await raceAbort(answer, ending);
      // What it answers is nobody's business here.
      await response.body?.cancel();
      return response.ok ? undefined : `it answers with status ${String(response.status)}`;
    } catch {
      if (signal.aborted) return 'the program ends';
      return ending.aborted ? `no answer within ${String(WEBHOOK_MS / 1000)} s` : 'it cannot be reached';
    }
  };
}

/** Runs a program without a shell, with the message on its standard input. */
export function command(argv: readonly string[], env: NodeJS.ProcessEnv): Sink {
  return async (body, signal) => {
    const [name = '', ...rest] = argv;
    const file = findBinary(name, env.PATH);
    if (file === undefined) return 'there is no such program; give its full path';
    if ((statSync(file).mode & OTHERS_MAY_WRITE) !== 0) return 'every user can change the program, so it is not run';
    const { outcome, exitCode } = await runProcess(file, rest, {
      env: clientEnvironment(env),
      cwd: '/',
      input: Buffer.from(`${body}\n`),
      ...{ timeoutMs: COMMAND_MS, maxBytes: MAX_OUTPUT_BYTES, signal },
    });
    if (outcome !== 'exited')
      return outcome === 'timeout'
        ? `it ran longer than ${String(COMMAND_MS / 1000)} s`
        : `it was ${OUTCOMES[outcome]}`;
    return exitCode === 0
      ? undefined
      : `it ended with ${exitCode === undefined ? 'a signal' : `code ${String(exitCode)}`}`;
  };
}

const OUTCOMES = {
  cancelled: 'ended with us',
  'too-large': 'ended because it printed too much',
  'not-started': 'not started',
};
