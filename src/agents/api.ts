import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { endingAfter, raceAbort } from '../kernel/clock.js';
import { OrcError } from '../kernel/errors.js';
import type { DialogReply } from '../providers/dialog.js';
import type { ApiAddress, ApiReading, ApiSpec } from '../providers/provider.js';
import type { Evidence } from './status/evidence.js';

const HOST = '127.0.0.1';
/** It is on this machine; whoever does not answer in time has said nothing. */
const TIMEOUT_MS = 500;
const MAX_BYTES = 262_144;

/**
 * An address for a server that is about to be started: a port of loopback that was free just now. Where another program
 * takes it first, the CLI does not listen there, and nothing is known by it.
 */
export async function newApiAddress(): Promise<ApiAddress> {
  const server = createServer();
  try {
    const port = await new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, HOST, () => {
        const address = server.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    return { port, password: randomBytes(24).toString('hex') };
  } finally {
    server.close();
  }
}

interface Reader {
  readonly read: () => Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  readonly cancel: () => Promise<void>;
}

/**
 * A body that stalls is left behind by the signal: fetch itself forgets it once what links the two is collected.
 * @throws Error for more than is read
 */
async function textIn(reader: Reader, maxBytes: number, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { value } = await raceAbort(reader.read(), signal);
      if (value === undefined) return Buffer.concat(chunks).toString('utf8');
      size += value.length;
      if (size > maxBytes) throw new Error('too long');
      chunks.push(value);
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}

/** Of one request. */
interface Response {
  readonly ok: boolean;
  readonly headers: { readonly get: (name: string) => string | null };
  readonly body: { readonly getReader: () => Reader; readonly cancel: () => Promise<void> } | null;
}

interface Asking {
  /** That goes with the password. */
  readonly user: string;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
}

/** @param body undefined: it is only asked */
function call({ port, password }: ApiAddress, user: string, path: string, signal: AbortSignal, body?: unknown): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  // eslint-disable-next-line n/no-unsupported-features/node-builtins
  const response = fetch(`http://${HOST}:${String(port)}${path}`, {
    ...{ signal, redirect: 'error' as const, headers: { authorization, accept: 'application/json', ...type } },
    ...sent,
  });
  return raceAbort(response, signal);
} // prettier-ignore

/** Of a few requests that nobody else ends. */
export const endsIn = (ms: number): AbortSignal => endingAfter(new AbortController().signal, ms);

/** What a server of loopback answers. @throws Error where it does not answer, or not with JSON */
export async function ask(
  address: ApiAddress,
  path: string,
  { user, signal, maxBytes }: Asking,
): Promise<{ readonly json: unknown; readonly header: (name: string) => string | undefined }> {
  const response = await call(address, user, path, signal);
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
  if (response.body === null) return { json: undefined, header };
  const text = await textIn(response.body.getReader(), maxBytes, signal);
  return { json: response.ok ? (JSON.parse(text) as unknown) : undefined, header };
}

/** What a CLI's own server says of its state; undefined when it does not answer, or what it says is not understood. */
export async function askApi(spec: ApiSpec, address: ApiAddress): Promise<ApiReading | undefined> {
  const asking = { user: spec.user, signal: endsIn(TIMEOUT_MS), maxBytes: MAX_BYTES };
  try {
    const answers = await Promise.all(spec.paths.map((path) => ask(address, path, asking)));
    return spec.read(answers.map(({ json }) => json));
  } catch {
    return undefined;
  }
}

/** How long it may take to do as it is told. */
const TELL_MS = 5000;

/**
 * Tells a CLI's own server something.
 * @returns whether it took it
 * @throws OrcError OUTCOME_UNKNOWN where it does not say so
 */
export async function tellApi(
  { user }: ApiSpec,
  address: ApiAddress,
  { path, body }: DialogReply,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const response = await call(address, user, path, endingAfter(signal, TELL_MS), body);
    await response.body?.cancel();
    return response.ok;
  } catch (cause) {
    throw new OrcError('OUTCOME_UNKNOWN', 'It was answered, and does not say that it took that.', {
      hint: 'Look at it before you answer again: get_agent_status, capture_pane.',
      cause,
    });
  }
}

export const apiEvidence = (reading: ApiReading | undefined, at: number): Evidence[] =>
  reading === undefined
    ? []
    : [
        {
          ...{ source: 'api', says: reading.says, rule: reading.rule, at },
          ...(reading.text === undefined ? {} : { text: reading.text }),
        },
      ];
