// The least that speaks MCP over standard streams: what is measured is the server, not a host's library. Peers are
// measured with the same client.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const PARAMS = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'bench', version: '1' } };

/**
 * @param {string} command
 * @param {string[]} argv
 * @param {{env: Record<string, string>, cwd?: string}} options
 */
export function startServer(command, argv, options) {
  const started = performance.now();
  const child = spawn(command, argv, { ...options, stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.once('error', (error) => {
    throw error;
  });
  // One that was killed takes no more.
  child.stdin.on('error', () => undefined);
  const waiting = new Map();
  let id = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line);
    waiting.get(message.id)?.(message);
    waiting.delete(message.id);
  });
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  const request = (method, params) =>
    new Promise((resolve) => {
      waiting.set(++id, resolve);
      send({ id, method, params });
    });
  return {
    pid: child.pid,
    /** Resolves when the process is gone; calls that it has not answered by then are never answered. */
    ended,
    /** Milliseconds from the start of the process to the answer. */
    initialize: async () => {
      await request('initialize', PARAMS);
      const ms = performance.now() - started;
      send({ method: 'notifications/initialized' });
      return ms;
    },
    call: async (name, args) => {
      const { result, error } = await request('tools/call', { name, arguments: args });
      if (error !== undefined || result.isError) throw new Error(JSON.stringify(error ?? result.structuredContent));
      return result.structuredContent;
    },
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
