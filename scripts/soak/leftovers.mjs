// What a soak has left behind: everything that it starts inherits its TMUX_TMPDIR.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const GRACE_MS = 10_000;

function processesOf(folder) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid).flatMap((pid) => {
    try {
      const isOurs = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(`TMUX_TMPDIR=${folder}`);
      return isOurs ? [`process ${pid}: ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')}`] : [];
    } catch {
      return [];
    }
  });
} // prettier-ignore

/** @param {string} folder @param {string} temporary where temporary files go @returns {Promise<string[]>} */
export async function leftovers(folder, temporary) {
  const deadline = performance.now() + GRACE_MS;
  while (processesOf(folder).length > 0 && performance.now() < deadline) await sleep(200);
  const sockets = join(folder, `tmux-${process.getuid()}`);
  return [
    ...processesOf(folder),
    ...readdirSync(sockets).filter((name) => !/^soak(?:\.lock)?$/.test(name)).map((name) => `socket ${name}`),
    ...readdirSync(temporary).map((name) => `file ${name}`),
  ];
} // prettier-ignore
