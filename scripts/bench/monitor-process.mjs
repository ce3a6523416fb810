// A process that does nothing but watch, and tells the benchmark how it goes.
import process from 'node:process';
import { loadSource } from './source.mjs';

const { createApp, createEventLog, createSqliteStore, serverStateFolder, stateFolder } = await loadSource({
  createApp: 'src/app/create-app.ts',
  createEventLog: 'src/monitor/event-log.ts',
  createSqliteStore: 'src/store/sqlite/sqlite-store.ts',
  serverStateFolder: 'src/app/state-folder.ts',
  stateFolder: 'src/config/folders.ts',
});

const { env } = process;
const app = await createApp({ env, cwd: env.HOME, flags: {} });
app.monitor.seek();

/** How often the time of the last round is taken: at least once in each. */
const SAMPLED_MS = Number(env.TMUX_ORC_MONITORING_INTERVAL_MS ?? 500) / 2;
let times = [];
let last = 0;
const sampling = setInterval(() => {
  const { rounds, lastRoundMs } = app.monitor.stats();
  if (rounds !== last && lastRoundMs !== undefined) times.push(lastRoundMs);
  last = rounds;
}, SAMPLED_MS);

async function events() {
  const folder = serverStateFolder(app.server().socketPath, env);
  const store = createSqliteStore({ root: stateFolder(env), folder, name: 'state.db', timeoutMs: () => 2000 });
  const all = await createEventLog(store).after(0, 5000);
  await store.close();
  return all;
}

const answers = {
  /** What there was since the last time that it was asked. */
  times: () => times.splice(0),
  stats: () => app.monitor.stats(),
  events,
  heap: () => {
    globalThis.gc?.();
    return process.memoryUsage().heapUsed / 1024 / 1024;
  },
  close: async () => {
    clearInterval(sampling);
    await app.close();
    process.disconnect();
  },
};

process.on('message', async ({ id, ask }) => {
  const value = await answers[ask]();
  if (process.connected) process.send({ id, value });
});
process.send({ id: 0 });
