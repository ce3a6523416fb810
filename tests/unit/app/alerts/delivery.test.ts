import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDelivery } from '../../../../src/app/alerts/delivery.js';
import { messageOf } from '../../../../src/app/alerts/message.js';
import { configSchema } from '../../../../src/config/schema.js';
import { createJsonLogger } from '../../../../src/kernel/logger.js';

let server: Server;
let bodies: Record<string, unknown>[];
let respond: (response: ServerResponse) => void;
beforeEach(async () => {
  bodies = [];
  respond = (response) => response.writeHead(204).end();
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.once('end', () => {
      bodies.push(JSON.parse(body) as Record<string, unknown>);
      respond(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function open(more: object = {}): {
  readonly delivery: ReturnType<typeof createDelivery>;
  readonly failures: string[];
  readonly lines: string[];
} {
  const webhook_url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
  const { alerts } = configSchema.parse({ security: { alerts: { webhook_url, ...more } } }).security;
  const [failures, lines]: string[][] = [[], []];
  const delivery = createDelivery({
    ...{ env: { PATH: process.env.PATH }, settings: () => alerts },
    logger: createJsonLogger((line) => lines!.push(line), 'warn'),
    onFailure: (sink, reason) => failures!.push(`${sink}: ${reason}`),
  });
  return { delivery, failures: failures!, lines: lines! };
}
const message = (count = 1): ReturnType<typeof messageOf> =>
  messageOf(
    { rule: 'budget_exhausted', class: 'high', caller: 'host:a', operation: 'send_keys', count, suppressed: 0 },
    new Date(0),
  );

describe('delivery', () => {
  it('brings a message of ours, and nothing else', async () => {
    const { delivery, failures } = open();
    delivery.send(message(2));
    await delivery.close();
    expect(bodies).toEqual([
      {
        ...{ alert_id: expect.stringMatching(/^[0-9a-f-]{36}$/), at: '1970-01-01T00:00:00.000Z', program: 'tmux-orc' },
        ...{ version: expect.any(String), class: 'high', rule: 'budget_exhausted', caller: 'host:a' },
        ...{ operation: 'send_keys', count: 2, suppressed: 0 },
      },
    ]);
    expect(failures).toEqual([]);
  });

  it('keeps the order, one at a time', async () => {
    const { delivery } = open();
    let [busy, most] = [0, 0];
    respond = (response) => {
      most = Math.max(most, ++busy);
      setTimeout(() => {
        busy--;
        response.writeHead(204).end();
      }, 5);
    };
    for (let n = 1; n <= 10; n++) delivery.send(message(n));
    await delivery.close();
    expect(bodies.map(({ count }) => count)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(most).toBe(1);
  });

  it('tells a failure once in a cooldown, and goes on', async () => {
    respond = (response) => response.writeHead(500).end();
    const { delivery, failures, lines } = open();
    for (let n = 0; n < 5; n++) delivery.send(message(n));
    await expect.poll(() => bodies.length).toBe(5);
    await delivery.close();
    expect(failures).toEqual(['webhook: it answers with status 500']);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain('127.0.0.1');
  });

  it('gives up what does not end within a second of the end', async () => {
    respond = () => undefined;
    const { delivery, failures } = open();
    for (let n = 0; n < 100; n++) delivery.send(message(n));
    const started = performance.now();
    await delivery.close();
    expect(performance.now() - started).toBeLessThan(3000);
    expect(bodies).toHaveLength(1);
    // The first of them tells that too many wait, which is told once.
    expect(failures).toEqual(['webhook: too many wait for it']);
  });

  it('does nothing where no sink is named', async () => {
    const { delivery } = open({ webhook_url: null });
    delivery.send(message());
    await delivery.close();
    expect(bodies).toEqual([]);
  });
});
