// Servers that come and go. Whatever is asked of one is answered, or known not to be.
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../bench/client.mjs';

const CALL_MS = 40_000;

/** The process that was asked is gone, or says nothing: what it has done is not known. */
export class Unanswered extends Error {}

/** @param work gets a promise that rejects when its time is over */
export async function within(what, ms, work) {
  const ending = new AbortController();
  const late = sleep(ms, undefined, { signal: ending.signal }).then(() => {
    throw new Unanswered(`${what} took longer than ${ms} ms`);
  });
  late.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    ending.abort();
  }
}

/**
 * @param {{bin: string, env: Record<string, string>, cwd: string, count: number}} options
 * @param {import('./random.mjs').Random} random
 */
export async function startHosts({ bin, env, cwd, count }, random) {
  const start = async () => {
    const server = startServer(process.execPath, [bin, 'serve'], { env, cwd });
    const failed = server.ended.then(() => Promise.reject(new Error('a server ended while it started')));
    failed.catch(() => undefined);
    await within('a start', CALL_MS, Promise.race([server.initialize(), failed]));
    return server;
  };
  const hosts = await Promise.all(Array.from({ length: count }, start));
  const call = async (name, args, host = random.one(hosts)) => {
    const gone = host.ended.then(() => {
      throw new Unanswered('the server has ended');
    });
    gone.catch(() => undefined);
    return within(name, CALL_MS, Promise.race([host.call(name, args), gone]));
  };
  return {
    /** Asks one of them. @throws Unanswered, or Error with what it has answered */
    call,
    /** Kills one, and starts another. */
    kill: async () => {
      const index = random.below(hosts.length);
      process.kill(hosts[index].pid, 'SIGKILL');
      await within('the end of a server', CALL_MS, hosts[index].ended);
      hosts[index] = await start();
    },
    close: async () => {
      await Promise.all(hosts.map((host) => within('the end of a server', CALL_MS, host.close())));
    },
  };
}
