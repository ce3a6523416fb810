// All measurements of agents, as tables.
import { join } from 'node:path';
import { allIdle, measureIdle, screens, shells } from './idle-agents.mjs';
import { median, table } from './measure.mjs';
import { fakeOnPath, measureSends } from './sends.mjs';
import { lagRow, measureLags, measureLook } from './status-lag.mjs';
import { drawnAgent, killedShell, openKeys, workingShell } from './subjects.mjs';
import { measureWaits } from './waits.mjs';
import { inAgentWorld } from './world.mjs';

async function lagTables(world, folder, { quick }) {
  const keys = openKeys(world.env);
  const rounds = quick ? 10 : 50;
  try {
    const shell = await workingShell(world, keys, folder);
    const screen = await drawnAgent(world, folder, 'claude', 'screen');
    const title = await drawnAgent(world, folder, 'gemini', 'title and screen');
    const lags = [];
    for (const subject of [shell, killedShell(world), screen, title])
      lags.push(...(await measureLags(subject, rounds)));
    const costs = [];
    for (const [what, subject] of Object.entries({ processes: shell, screen, 'title and screen': title })) {
      const { ours, spawned } = await measureLook(world, subject, rounds * 20);
      costs.push(costRow(`time of a look: ${what}`, median(ours.times), median(spawned.times)));
      costs.push(costRow(`processor time: ${what}`, ours.cpu / ours.times.length, spawned.cpu / spawned.times.length));
    }
    return [
      table(['ms until a look tells, p50 / p95 / max', 'ours', 'spawned looks', 'ratio', 'said neither'], lags.map(lagRow)),
      table(['what polling costs', 'ours', 'spawned looks', 'ratio'], costs),
    ];
  } finally {
    await keys.close();
  }
} // prettier-ignore

const costRow = (what, ours, other) => [what, ...[ours, other].map((ms) => `${ms.toFixed(2)} ms`), (ours / other).toFixed(2)]; // prettier-ignore

async function idleTable(folder, bin, { quick, long }) {
  const plan = { count: long ? 200 : 100, seconds: quick ? 10 : 30, rounds: quick ? 2 : 5 };
  const columns = [];
  for (const [name, kind] of Object.entries({ shells, screens })) {
    const own = join(folder, name);
    columns.push(await inAgentWorld(own, bin, (world) => measureIdle(world, kind, { ...plan, folder: own })));
  }
  const rows = columns[0].map(([what], row) => [what, ...columns.map((column) => column[row][1])]);
  return table([`${plan.count} idle agents, looked at for ${plan.seconds} s`, 'shells', 'read off the screen'], rows);
}

const WAITED_FOR = 40;

async function waitTable(world, extent) {
  await shells.start(world, WAITED_FOR);
  const agents = await allIdle(world, WAITED_FOR);
  return measureWaits(
    world,
    agents.map(({ name }) => name),
    extent,
  );
}

/**
 * What messages and waits cost.
 *
 * @param {string} folder
 * @param {string} bin
 * @param {{quick: boolean}} extent
 * @returns {Promise<string[]>} tables
 */
export async function measureMessages(folder, bin, extent) {
  const [sends, waits] = ['sends', 'waits'].map((name) => join(folder, name));
  return [
    await inAgentWorld(sends, bin, (world) => measureSends(world, sends, extent), fakeOnPath(sends)),
    await inAgentWorld(waits, bin, (world) => waitTable(world, extent)),
  ];
}

/**
 * @param {string} folder
 * @param {string} bin
 * @param {{quick: boolean, long: boolean}} extent
 * @returns {Promise<string[]>} tables
 */
export async function measureAgents(folder, bin, extent) {
  const own = join(folder, 'lags');
  const lags = await inAgentWorld(own, bin, (world) => lagTables(world, own, extent));
  return [...lags, await idleTable(folder, bin, extent), ...(await measureMessages(folder, bin, extent))];
}
