import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command, webhook } from '../../../../src/app/alerts/sinks.js';

let folder: string;
let server: Server;
let received: { readonly url: string; readonly headers: IncomingMessage['headers']; readonly body: string }[];
let respond: (response: ServerResponse) => void;
const never = new AbortController().signal;

beforeEach(async () => {
  folder = mkdtempSync(join(process.env.TMUX_TMPDIR ?? '/nowhere', 'k-'));
  received = [];
  respond = (response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.once('end', () => {
      received.push({ url: `${request.method!} ${request.url!}`, headers: request.headers, body });
      respond(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const address = (rest = '/hook', who = ''): string =>
  `http://${who}127.0.0.1:${String((server.address() as AddressInfo).port)}${rest}`;

describe('a webhook', () => {
  it('gets the message as JSON', async () => {
    expect(await webhook(address('/hook?a=b'))('{"rule":"x"}', never)).toBeUndefined();
    expect(received).toMatchObject([{ url: 'POST /hook?a=b', body: '{"rule":"x"}' }]);
    expect(received[0]?.headers).toMatchObject({ 'content-type': 'application/json', 'user-agent': 'tmux-orc' });
    expect(received[0]?.headers.authorization).toBeUndefined();
  });

  it('is given name and password of its address in the way that HTTP has for them', async () => {
    expect(await webhook(address('/', 'me:p%40ss@'))('{}', never)).toBeUndefined();
    expect(received[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(received[0]?.url).toBe('POST /');
  });

  it.each([301, 302, 307, 308])('that sends elsewhere with %i is not followed', async (status) => {
    respond = (response) => response.writeHead(status, { location: address('/other') }).end();
    expect(await webhook(address())('{}', never)).toBe(`it answers with status ${String(status)}`);
    expect(received.map(({ url }) => url)).toEqual(['POST /hook']);
  });

  it.each([400, 500])('that answers %i has not taken it', async (status) => {
    respond = (response) => response.writeHead(status).end('no');
    expect(await webhook(address())('{}', never)).toBe(`it answers with status ${String(status)}`);
  });

  it('that is not there is told without its address', async () => {
    const gone = address();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(await webhook(gone)('{}', never)).toBe('it cannot be reached');
    server.listen(0, '127.0.0.1');
  });

  it('that never answers is given up after five seconds, or when the program ends', async () => {
    respond = () => undefined;
    const abort = new AbortController();
    const given = webhook(address())('{}', abort.signal);
    setTimeout(() => {
      abort.abort();
    }, 50);
    expect(await given).toBe('the program ends');
    const started = performance.now();
    expect(await webhook(address())('{}', never)).toBe('no answer within 5 s');
    expect(performance.now() - started).toBeLessThan(8000);
  });

  it('that never stops answering is not read', async () => {
    respond = (response) => {
      response.writeHead(200);
      const more = (): void => {
        if (!response.destroyed && response.write('x'.repeat(65_536))) setImmediate(more);
      };
      more();
    };
    expect(await webhook(address())('{}', never)).toBeUndefined();
  });
});

describe('a command', () => {
  const program = (text: string, mode = 0o700): string => {
    const path = join(folder, 'sink.sh');
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, mode);
    return path;
  };
  const env = { PATH: process.env.PATH, HOME: '/nowhere', SECRET_TOKEN: 'x', TMUX_ORC_LOG_LEVEL: 'debug' };

  it('gets the message on standard input, its words as they are, and a clean environment', async () => {
    const out = join(folder, 'out');
    const path = program(`{ cat; printf '%s\\n' "$@" "$PWD"; env; } > '${out}'`);
    expect(await command([path, '$(id)', 'a b'], env)('{"rule":"x"}', never)).toBeUndefined();
    const [body, first, second, cwd, ...variables] = readFileSync(out, 'utf8').split('\n');
    expect([body, first, second, cwd]).toEqual(['{"rule":"x"}', '$(id)', 'a b', '/']);
    expect(variables.join('\n')).not.toMatch(/SECRET_TOKEN|TMUX_ORC/);
  });

  it.each<[string, string, string]>([
    ['fails', 'exit 3', 'it ended with code 3'],
    ['prints without end', 'yes', 'it was ended because it printed too much'],
  ])('that %s has not taken it', async (_, text, reason) => {
    expect(await command([program(text)], env)('{}', never)).toBe(reason);
  });

  it('that does not end is ended with us', async () => {
    const abort = new AbortController();
    const given = command([program('exec sleep 60')], env)('{}', abort.signal);
    setTimeout(() => {
      abort.abort();
    }, 100);
    expect(await given).toBe('it was ended with us');
  });

  it('that is not there, or that every user can change, is not run', async () => {
    expect(await command([join(folder, 'none')], env)('{}', never)).toBe(
      'there is no such program; give its full path',
    );
    expect(await command(['./sink.sh'], env)('{}', never)).toBe('there is no such program; give its full path');
    const out = join(folder, 'out');
    const path = program(`touch '${out}'`, 0o707);
    expect(await command([path], env)('{}', never)).toBe('every user can change the program, so it is not run');
    expect(() => readFileSync(out)).toThrow();
  });
});
