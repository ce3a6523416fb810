// What an MCP host does: starts the server, speaks the protocol over its standard streams, calls tools.
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { BIN, ROOT } from './place.mjs';
import { DemoError } from './problems.mjs';

/**
 * @typedef {object} Host
 * @property {string[]} tools
 * @property {number} startMs from the start of the process to the end of the handshake
 * @property {(tool: string, args?: Record<string, unknown>) => Promise<any>} call the structured result
 * @property {() => Promise<void>} close
 */

const ATTEMPTS = 5;

/**
 * @param {import('./place.mjs').Place} place
 * @returns {Promise<Host>}
 */
export async function connectHost(place) {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [BIN, 'serve'],
    cwd: ROOT,
    env: place.env,
    stderr: 'pipe',
  });
  let log = '';
  transport.stderr?.on('data', (chunk) => (log += String(chunk)));
  const client = new Client({ name: 'tmux-orc-demo', version: '1.0.0' });
  const started = performance.now();
  try {
    await client.connect(transport);
  } catch (error) {
    await client.close().catch(() => undefined);
    throw new DemoError(`The server did not start: ${error.message}\n${log}`.trimEnd());
  }
  const startMs = performance.now() - started;
  // The client checks structured results against the output schemas that this listing gives.
  const { tools } = await client.listTools();

  return {
    tools: tools.map(({ name }) => name),
    startMs,
    call: async (tool, args = {}) => {
      for (let attempt = 1; ; attempt++) {
        const result = await client.callTool({ name: tool, arguments: args }).catch((error) => {
          throw new DemoError(`${tool}: ${error.message}\n${log}`.trimEnd());
        });
        if (result.isError !== true) return result.structuredContent;
        const { error } = result.structuredContent;
        if (error.retry_after_ms === undefined || attempt === ATTEMPTS)
          throw new DemoError(`${tool}: ${error.code}: ${error.message}\n${error.hint}\n${log}`.trimEnd());
        await sleep(error.retry_after_ms);
      }
    },
    close: () => client.close(),
  };
}
