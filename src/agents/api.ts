import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
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

/** @throws Error for more than is read */
async function textIn(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new Error('too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

interface Asking {
  /** That goes with the password. */
  readonly user: string;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
}

/** What a server of loopback answers. @throws Error where it does not answer, or not with JSON */
export async function ask(
  { port, password }: ApiAddress,
  path: string,
  { user, signal, maxBytes }: Asking,
): Promise<{ readonly json: unknown; readonly header: (name: string) => string | undefined }> {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  // eslint-disable-next-line n/no-unsupported-features/node-builtins
  const response = await fetch(`http://${HOST}:${String(port)}${path}`, {
    ...{ signal, redirect: 'error' as const, headers: { authorization, accept: 'application/json' } },
  });
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
  if (response.body === null) return { json: undefined, header };
  const text = await textIn(response.body, maxBytes);
  return { json: response.ok ? (JSON.parse(text) as unknown) : undefined, header };
}

/** What a CLI's own server says of its state; undefined when it does not answer, or what it says is not understood. */
export async function askApi(spec: ApiSpec, address: ApiAddress): Promise<ApiReading | undefined> {
  const asking = { user: spec.user, signal: AbortSignal.timeout(TIMEOUT_MS), maxBytes: MAX_BYTES };
  try {
    const answers = await Promise.all(spec.paths.map((path) => ask(address, path, asking)));
    return spec.read(answers.map(({ json }) => json));
  } catch {
    return undefined;
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
