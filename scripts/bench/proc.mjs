// What /proc tells of processes (proc(5)); undefined where there is none.
import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts the time of processes in hundredths of a second wherever Node runs (USER_HZ). */
const TICK_MS = 10;
/** Places in /proc/pid/stat, counted from the state, which is the first behind the name. */
const STAT = { parent: 1, childFaults: 8, user: 11, system: 12, childUser: 13, childSystem: 14, started: 19 };

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function statOf(pid) {
  const text = read(`/proc/${pid}/stat`);
  // The name may hold spaces and brackets; the fields begin after its last bracket.
  return text?.slice(text.lastIndexOf(')') + 2).split(' ');
}

export function residentMb(pid) {
  const kb = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return kb === undefined ? undefined : Number(kb) / 1024;
}

const sum = (stat, ...fields) => fields.reduce((total, field) => total + Number(stat?.[field]), 0);

/** Processor time of a process and all its threads, in milliseconds. */
export const cpuMs = (pid) => sum(statOf(pid), STAT.user, STAT.system) * TICK_MS;

/** The same of the children that it has collected. */
export const childCpuMs = (pid) => sum(statOf(pid), STAT.childUser, STAT.childSystem) * TICK_MS;

function living() {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/**
 * Changes whenever one of these processes starts another. Each process faults pages: the faults of one that has ended are
 * added to those of its parent, which collects it, and one that has not ended is among those that are there.
 */
function offspring(pids) {
  const parents = new Set(pids.map(String));
  const children = living()
    .map((pid) => ({ pid, stat: statOf(pid) }))
    .filter(({ stat }) => parents.has(stat?.[STAT.parent]))
    .map(({ pid, stat }) => `${pid}.${stat[STAT.started]}`);
  return [...pids.map((pid) => sum(statOf(pid), STAT.childFaults)), ...children].join(' ');
}

/** Whether any of these processes starts another during the work. */
export async function startedBy(pids, work) {
  const before = offspring(pids);
  await work();
  if (living().length === 0) return 'unknown';
  return offspring(pids) === before ? 'none' : 'some';
}
