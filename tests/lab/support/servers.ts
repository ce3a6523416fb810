import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A server of ours that runs. */
export interface RunningServer {
  readonly pid: number;
  readonly parent: number;
}

const fileOf = (pid: number, name: string): string => readFileSync(join('/proc', String(pid), name), 'latin1');

/** One that has ended stays, without words, until its parent has looked (proc(5), cmdline). */
export function runs(pid: number): boolean {
  try {
    return fileOf(pid, 'cmdline') !== '';
  } catch {
    return false;
  }
}

function processes(): (RunningServer & { readonly isServer: boolean; readonly environment: string })[] {
  const pids = readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name)).map(Number); // prettier-ignore
  return pids.flatMap((pid) => {
    try {
      const stat = fileOf(pid, 'stat');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 4).split(' ')[0]);
      const isServer = fileOf(pid, 'cmdline').includes('tmux-orc.js\0serve');
      return [{ pid, parent, isServer, environment: isServer ? fileOf(pid, 'environ') : '' }];
    } catch {
      return [];
    }
  });
}

/** Servers below a process. */
export function serversBelow(pid: number): number[] {
  const all = processes();
  const below = (top: number): typeof all => {
    const children = all.filter(({ parent }) => parent === top);
    return [...children, ...children.flatMap((child) => below(child.pid))];
  };
  return below(pid).flatMap((one) => (one.isServer ? [one.pid] : []));
}

/** Servers in a home, whoever has started them. */
export const serversIn = (home: string): RunningServer[] =>
  processes().filter(({ environment }) => environment.split('\0').includes(`HOME=${home}`));

/** @returns MiB of memory that a process holds (proc(5), VmRSS) */
export const memoryOf = (pid: number): number => Number(/VmRSS:\s*([0-9]+)/.exec(fileOf(pid, 'status'))?.[1]) / 1024;
