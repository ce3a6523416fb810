import { serveStdio as serve } from '@modelcontextprotocol/server/stdio';
import type { App } from '../app/create-app.js';
import { createMcpServer } from './server.js';
import { StdioTransport } from './stdio-transport.js';

const PARENT_CHECK_MS = 250;
/** Everything is closed by then, or the process goes all the same. */
const EXIT_GRACE_MS = 700;

/** Calls back when the process that started us is gone: a host that is killed may leave our stdin open to others. */
function watchParent(onGone: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid !== parent) onGone();
  }, PARENT_CHECK_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

/**
 * Serves MCP on stdin and stdout until the host goes: end of stdin, death of the parent, SIGTERM, SIGHUP, SIGINT.
 * Starting has no side effects; tmux is looked for at the first call that needs it.
 */
export function serveStdio(app: App): Promise<void> {
  return new Promise((resolve) => {
    let ending = false;
    const end = (exitCode: number): void => {
      if (ending) return;
      ending = true;
      process.exitCode = exitCode;
      unwatch();
      setTimeout(() => process.exit(exitCode), EXIT_GRACE_MS).unref();
      void handle
        .close()
        .then(() => app.close())
        .finally(() => {
          resolve();
          // Half a line must not be the last thing that a host reads.
          process.stdout.write('', () => process.exit(exitCode));
        });
    };
    const transport = new StdioTransport({
      input: process.stdin,
      output: process.stdout,
      onMalformedCall: async (error) => {
        await app.dispatcher.dispatch({ name: undefined, args: undefined, surface: 'mcp', malformed: error });
      },
      onOverlong: () => {
        process.stderr.write('tmux-orc: a message of more than 10 MB came in; ending.\n');
        end(1);
      },
    });
    const unwatch = watchParent(() => {
      end(0);
    });
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT'] as const) process.on(signal, () => { end(0); }); // prettier-ignore
    const handle = serve(() => createMcpServer(app), {
      transport,
      onerror: (error) => {
        app.logger.debug('protocol error', { error: error.message });
      },
    });
    // serve() takes the transport's onclose for itself; the end of stdin is watched beside it.
    process.stdin.once('end', () => { end(0); }); // prettier-ignore
    process.stdin.once('close', () => { end(0); }); // prettier-ignore
    process.stdout.on('error', () => { end(0); }); // prettier-ignore
    process.stderr.on('error', () => undefined);
  });
}
