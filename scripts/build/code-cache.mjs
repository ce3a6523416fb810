// Runs the built server as far as its first answers, then writes the code cache of what has been compiled by then.
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { dirname, join } from 'node:path';

const [bundle, cache] = process.argv.slice(2);
const { main, script } = await import(pathToFileURL(join(dirname(bundle), 'main.js')).href);
const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'build', version: '1' } };
const messages = [
  { id: 1, method: 'initialize', params },
  { method: 'notifications/initialized' },
  { id: 2, method: 'tools/list' },
  { id: 3, method: 'tools/call', params: { name: 'list_sessions', arguments: {} } },
];
const stdin = new Readable({ read: () => undefined });
Object.defineProperty(process, 'stdin', { value: stdin });
let answers = 0;
process.stdout.write = (chunk, callback) => {
  answers += String(chunk).split('\n').length - 1;
  if (answers === 3) stdin.push(null);
  if (typeof callback === 'function') callback();
  return true;
};
process.once('exit', () => writeFileSync(cache, script.createCachedData()));
for (const message of messages) stdin.push(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
await main(['serve']);
