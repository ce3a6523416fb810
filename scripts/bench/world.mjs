// A private tmux server with our server on it, driven by the official client as a host would.
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';

const run = promisify(execFile);

export async function createBenchWorld(folder, bin) {
  const home = join(folder, 'home');
  mkdirSync(home);
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    SHELL: '/bin/sh',
    TERM: 'xterm-256color',
    TMUX_TMPDIR: folder,
    TMUX_ORC_TMUX_SOCKET_NAME: 'bench',
    // The calls of a benchmark are no attack.
    TMUX_ORC_PROFILE: 'development',
  };
  const spawnTmux = (argv) => run('tmux', ['-u', '-L', 'bench', ...argv], { env });
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [bin, 'serve'],
    env,
    cwd: folder,
    stderr: 'ignore',
  });
  const client = new Client({ name: 'bench', version: '1' });
  let calls = 0;
  const callTool = async (request) => {
    calls++;
    const result = await client.callTool(request, undefined, { timeout: 60_000 });
    if (result.isError) throw new Error(JSON.stringify(result.structuredContent));
    return result;
  };
  await client.connect(transport);
  const shell = { command: ['env', 'PS1=$ ', 'bash', '--norc', '-i'] };
  const made = await callTool({ name: 'create_session', arguments: { name: 'bench', ...shell } });
  const quiet = await callTool({
    name: 'create_window',
    arguments: { session: 'bench', name: 'quiet', command: ['sh', '-c', 'stty -echo; exec cat >/dev/null'] },
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    host: { callTool },
    pane: made.structuredContent.pane.id,
    quiet: quiet.structuredContent.pane.id,
    pid: transport.pid,
    env,
    spawnTmux,
    calls: () => calls,
    manyPanes: async (count) => {
      for (let n = 0; n < count; n++) await spawnTmux(['new-window', '-d', '-t', 'bench:', 'sleep', '1000']);
    },
    close: async () => {
      await client.close();
      await spawnTmux(['kill-server']).catch(() => undefined);
    },
  };
}
