import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { askApi, newApiAddress } from '../../../src/agents/api.js';
import { builtInProviders } from '../../../src/providers/index.js';
import type { ApiAddress } from '../../../src/providers/provider.js';

const SPEC = builtInProviders.byId('opencode')!.api!;
const PASSWORD = 'only they know';

let server: Server;
let address: ApiAddress;
/** What is answered to each path; a function answers by itself. */
let answers: Record<string, unknown>;
let asked: string[];

beforeAll(async () => {
  const right = `Basic ${Buffer.from(`opencode:${PASSWORD}`).toString('base64')}`;
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const answer = answers[request.url ?? ''];
    if (request.headers.authorization !== right) response.writeHead(401).end('no');
    else if (typeof answer === 'function') (answer as (response: ServerResponse) => void)(response);
    else response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = { port: (server.address() as AddressInfo).port, password: PASSWORD };
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  asked = [];
  answers = { '/permission': [], '/question': [], '/session/status': {} };
});

it.each([
  ['idle', {}, { says: 'idle', rule: 'idle' }],
  ['at work', { '/session/status': { ses_1: { type: 'busy' } } }, { says: 'working', rule: 'busy', sessionId: 'ses_1' }],
  ['at work with others below it', { '/session/status': { a: { type: 'busy' }, b: { type: 'busy' } } }, { says: 'working', rule: 'busy', sessionId: undefined }],
  ['trying again', { '/session/status': { a: { type: 'retry', message: 'overloaded' } } }, { says: 'error', rule: 'retry', text: 'overloaded' }],
  ['asking for permission', { '/permission': [{}], '/session/status': { a: { type: 'busy' } } }, { says: 'waiting_permission', rule: 'permission' }],
  ['asking something', { '/question': [{}] }, { says: 'waiting_input', rule: 'question' }],
  ['not understood', { '/session/status': 'fine' }, undefined],
])('is told that it is %s', async (_, more, reading) => {
  answers = { ...answers, ...more };
  expect(await askApi(SPEC, address)).toEqual(reading);
}); // prettier-ignore

it('is told nothing by whoever does not know the password, or is not there', async () => {
  expect(await askApi(SPEC, { ...address, password: 'guessed' })).toBeUndefined();
  expect(await askApi(SPEC, await newApiAddress())).toBeUndefined();
});

it('does not wait, read on or go elsewhere for what is no answer', async () => {
  const paths: string[] = [];
  const elsewhere = createServer((request, response) => {
    paths.push(request.url ?? '');
    response.end('{}');
  });
  await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
  const { port } = elsewhere.address() as AddressInfo;
  const wrong: ((response: ServerResponse) => void)[] = [
    () => undefined,
    (response) => response.end('{"'),
    (response) => response.end('x'.repeat(2_000_000)),
    (response) => response.writeHead(500).end('{}'),
    (response) => response.writeHead(302, { location: `http://127.0.0.1:${String(port)}/stolen` }).end(),
  ];
  for (const answer of wrong) {
    answers['/session/status'] = answer;
    const before = performance.now();
    expect(await askApi(SPEC, address)).toBeUndefined();
    expect(performance.now() - before).toBeLessThan(3 * 500);
  }
  expect(paths).toEqual([]);
  elsewhere.close();
});

it('gets a port of its own and a password that nobody can guess', async () => {
  const all = await Promise.all(Array.from({ length: 5 }, newApiAddress));
  expect(new Set(all.map(({ password }) => password)).size).toBe(5);
  for (const { port, password } of all) expect([port > 1023, password.length]).toEqual([true, 48]);
});
