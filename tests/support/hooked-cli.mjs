#!/usr/bin/env node
// An agent CLI that shows nothing that is known: it takes hooks and servers as Claude Code does, calls the first tools of its
// server, and begins and ends turns as it is told by lines of input. What it gets is written to the file $HOOKED_LOG.
import { spawn, spawnSync } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { createInterface } from 'node:readline';

const argv = process.argv.slice(2);
if (argv[0] === '--version') {
  process.stdout.write('2.1.328\n');
  process.exit(0);
}
const valueOf = (flag) => JSON.parse(argv[argv.indexOf(flag) + 1] ?? '{}');
const note = (facts) => appendFileSync(process.env.HOOKED_LOG ?? '/dev/null', `${JSON.stringify(facts)}\n`);

const { hooks } = valueOf('--settings');
const fire = (event, payload) => {
  for (const { hooks: all } of hooks[event] ?? [])
    for (const { command } of all) spawnSync('sh', ['-c', command], { input: JSON.stringify(payload) });
};

const { mcpServers } = valueOf('--mcp-config');
const { command, args, env } = mcpServers['tmux-orc'];
const server = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'ignore'] });
const send = (message) => server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
note({ server: server.pid });
createInterface({ input: server.stdout }).on('line', (line) => {
  const { id, result } = JSON.parse(line);
  if (id === 1) {
    send({ method: 'notifications/initialized' });
    send({ id: 2, method: 'tools/list', params: {} });
    send({ id: 3, method: 'tools/call', params: { name: 'list_agents', arguments: {} } });
  }
  if (id === 2) note({ tools: result.tools.map(({ name }) => name) });
  if (id === 3) note({ listed: result.structuredContent });
});
const clientInfo = { name: 'hooked', version: '1.0.0' };
send({ id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo } });

process.stdin.setRawMode?.(true);
fire('SessionStart', { session_id: argv[argv.indexOf('--session-id') + 1] });
createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'begin') fire('UserPromptSubmit', { prompt: line });
  if (line === 'end') fire('Stop', { last_assistant_message: 'done' });
  // With its answer as JSON, so that it can have more lines.
  if (line.startsWith('end ')) fire('Stop', { last_assistant_message: JSON.parse(line.slice(4)) });
  if (line === 'fail') fire('StopFailure', { error: 'overloaded' });
  note({ did: line });
});
