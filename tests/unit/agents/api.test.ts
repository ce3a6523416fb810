import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { apiEvidence, askApi, newApiAddress } from '../../../src/agents/api.js';
import { opencode } from '../../../src/providers/opencode.js';
import type { ApiReading } from '../../../src/providers/provider.js';
import { collect } from '../../support/collect.js';

const PASSWORD = 'right-password';
const spec = opencode.api!;
/** What a busy machine may take on top of the time limit of 500 ms. */
const LATEST_MS = 2500;

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const servers: Server[] = [];
afterEach(async () => {
  const closing = servers.splice(0).map(
    (server) =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  await Promise.all(closing);
});

async function serve(answer: Answer): Promise<{ readonly port: number; readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, asked };
}

const text =
  (body: string, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  };

interface State {
  readonly permissions?: unknown;
  readonly questions?: unknown;
  readonly status?: unknown;
}

/** As OpenCode's own: it wants the password. */
const guarded =
  ({ permissions = [], questions = [], status = {} }: State): Answer =>
  (request, response) => {
    const authorization = `Basic ${Buffer.from(`opencode:${PASSWORD}`).toString('base64')}`;
    const bodies = new Map([
      ['/permission', permissions],
      ['/question', questions],
      ['/session/status', status],
    ]);
    if (request.headers.authorization !== authorization) text('{}', 401)(request, response);
    else text(JSON.stringify(bodies.get(request.url ?? '')))(request, response);
  };

async function says(answer: Answer, password = PASSWORD): Promise<ApiReading | undefined> {
  const { port } = await serve(answer);
  return askApi(spec, { port, password });
}

describe("what a CLI's own server says", () => {
  const busy = { type: 'busy' };
  it.each<[State, ApiReading | undefined]>([
    [{}, { says: 'idle', rule: 'idle' }],
    [{ status: { a: busy } }, { says: 'working', rule: 'busy', sessionId: 'a' }],
    [{ status: { a: busy, b: busy } }, { says: 'working', rule: 'busy', sessionId: undefined }],
    [{ status: { a: busy, b: { type: 'retry', attempt: 2, message: 'slow down' } } }, { says: 'error', rule: 'retry', text: 'slow down' }],
    [{ status: { b: { type: 'retry', message: 5 } } }, { says: 'error', rule: 'retry', text: undefined }],
    [{ status: { a: busy }, permissions: [{ id: '../p' }] }, { says: 'waiting_permission', rule: 'permission' }],
    [{ status: { a: busy }, questions: [{ id: 'q' }] }, { says: 'waiting_input', rule: 'question' }],
    [{ permissions: [{}], questions: [{}] }, { says: 'waiting_permission', rule: 'permission' }],
    [{ status: [], permissions: {}, questions: 'no' }, undefined],
    [{ status: null }, undefined],
  ])('is by %j: %j', async (state, reading) => {
    expect(await says(guarded(state))).toEqual(reading);
  }); // prettier-ignore

  it('is nothing to one with another password', async () => {
    expect(await says(guarded({ status: { a: busy } }), 'wrong')).toBeUndefined();
  });

  it.each<[string, Answer]>([
    ['garbage', text('{"a":')],
    ['nothing', text('')],
    ['an error with a state in it', text('{"a":{"type":"busy"}}', 500)],
    ['an answer without a body', (_request, response) => response.writeHead(204).end()],
    ['no HTTP', (request) => request.socket.end('hello\r\n\r\n')],
    ['an end in between', (request, response) => response.writeHead(200, { 'content-length': '100' }).write('{}', () => request.socket.destroy())],
    ['more than is read', text(`{"a":{"type":"busy"},"b":"${'x'.repeat(300_000)}"}`)],
  ])('is nothing where it gives %s', async (_what, answer) => {
    expect(await says(answer)).toBeUndefined();
  }); // prettier-ignore

  it('is read up to a quarter of a megabyte', async () => {
    const status = { a: busy, b: 'x'.repeat(250_000) };
    expect(await says(guarded({ status }))).toMatchObject({ says: 'working' });
  });

  it('is not looked for elsewhere: no redirect is followed, and the password goes nowhere', async () => {
    const other = await serve(guarded({ status: { a: busy } }));
    const { port, asked } = await serve((request, response) => {
      response.writeHead(302, { location: `http://127.0.0.1:${String(other.port)}${request.url ?? ''}` }).end();
    });
    expect(await askApi(spec, { port, password: PASSWORD })).toBeUndefined();
    expect([asked.length > 0, other.asked]).toEqual([true, []]);
  });

  it.each<[string, Answer]>([
    ['never answers', () => undefined],
    ['never ends what it says', (_request, response) => response.writeHead(200).write('{')],
    [
      'says one letter at a time',
      (_request, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write(' '), 50);
        response.once('close', () => {
          clearInterval(timer);
        });
      },
    ],
    [
      'is slow with one of its answers',
      (request, response) => {
        if (request.url !== '/question') guarded({ status: { a: busy } })(request, response);
      },
    ],
  ])('is not waited for where it %s', async (_what, answer) => {
    const { port } = await serve(answer);
    // Node forgets what links a signal to a body that is read, once it collects.
    const collecting = setInterval(collect, 10);
    const started = performance.now();
    expect(await askApi(spec, { port, password: PASSWORD })).toBeUndefined();
    const took = performance.now() - started;
    clearInterval(collecting);
    expect(took).toBeGreaterThan(400);
    expect(took).toBeLessThan(LATEST_MS);
  });

  it('is asked once for each of its answers', async () => {
    const { port, asked } = await serve(guarded({}));
    await askApi(spec, { port, password: PASSWORD });
    expect(asked.sort()).toEqual(['/permission', '/question', '/session/status']);
  });

  it('is nothing where nobody listens', async () => {
    expect(await askApi(spec, await newApiAddress())).toBeUndefined();
  });

  it('is evidence of now', () => {
    expect(apiEvidence(undefined, 5)).toEqual([]);
    expect(apiEvidence({ says: 'idle', rule: 'idle' }, 5)).toEqual([{ source: 'api', says: 'idle', rule: 'idle', at: 5 }]);
    expect(apiEvidence({ says: 'error', rule: 'retry', text: 'slow' }, 5)).toEqual([{ source: 'api', says: 'error', rule: 'retry', at: 5, text: 'slow' }]);
  }); // prettier-ignore
});

describe('the address of a server that is about to be started', () => {
  it('is free, with a password that is new each time', async () => {
    const all = await Promise.all([newApiAddress(), newApiAddress(), newApiAddress()]);
    expect(new Set(all.map(({ password }) => password)).size).toBe(3);
    for (const { port, password } of all) {
      expect(password).toMatch(/^[0-9a-f]{48}$/);
      expect(port).toBeGreaterThan(1023);
      const outcome = await new Promise((resolve) => {
        const socket = connect({ port, host: '127.0.0.1' });
        socket.once('error', ({ code }: NodeJS.ErrnoException) => {
          resolve(code);
        });
        socket.once('connect', () => {
          socket.destroy();
          resolve('somebody listens');
        });
      });
      expect(outcome).toBe('ECONNREFUSED');
    }
  });
});
