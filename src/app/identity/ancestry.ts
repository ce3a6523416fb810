import { readFileSync } from 'node:fs';
import { clientEnvironment } from '../../exec/clean-environment.js';
import { runProcess } from '../../exec/run-process.js';

export interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Name of the program, as far as the system tells. */
  readonly name: string;
}

/** No shell in a shell goes deeper. */
const MAX_DEPTH = 64;
const PS_MS = 2000;
const PS_BYTES = 8_388_608;

/** See proc(5), /proc/pid/stat: the name stands in brackets and may hold any character. */
export function parseStat(text: string): Process | undefined {
  const [, pid, name = '', parent] = /^([0-9]+) \((.*)\) \S ([0-9]+) /s.exec(text) ?? [];
  return parent === undefined ? undefined : { pid: Number(pid), name, parent: Number(parent) };
}

function readProc(pid: number): Process | undefined {
  try {
    return parseStat(readFileSync(`/proc/${String(pid)}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** What `ps -A -o pid=,ppid=,comm=` prints. */
export function parsePs(text: string): Map<number, Process> {
  const found = new Map<number, Process>();
  for (const line of text.split('\n')) {
    const [, pid, parent, name = ''] = /^\s*([0-9]+)\s+([0-9]+)\s+(.*)$/.exec(line) ?? [];
    if (parent !== undefined) found.set(Number(pid), { pid: Number(pid), parent: Number(parent), name });
  }
  return found;
}

function chainOf(pid: number, look: (pid: number) => Process | undefined): Process[] {
  const chain: Process[] = [];
  for (let next = pid; next > 0 && chain.length < MAX_DEPTH;) {
    const found = look(next);
    if (found === undefined) break;
    chain.push(found);
    next = found.parent;
  }
  return chain;
}

/** A process and those above it, itself first. Empty where the system does not tell. */
export async function ancestry(env: NodeJS.ProcessEnv, pid = process.pid): Promise<readonly Process[]> {
  const chain = chainOf(pid, readProc);
  if (chain.length > 0) return chain;
  const argv = ['-A', '-o', 'pid=,ppid=,comm='];
  const { stdout } = await runProcess('/bin/ps', argv, {
    env: clientEnvironment(env),
    timeoutMs: PS_MS,
    maxBytes: PS_BYTES,
  });
  const all = parsePs(stdout.toString('latin1'));
  return chainOf(pid, (next) => all.get(next));
}

export interface PaneProcess {
  /** First process of a pane, if its parent is a tmux server. */
  readonly panePid: number;
  readonly serverPid: number;
}

/** A tmux server calls itself `tmux: server`; elsewhere it has the name of its program. */
const isTmux = (name: string): boolean => name.includes('tmux') || name.endsWith(': server');

/** The pairs in a chain that may be a pane and its server; whether they are is for rows to tell. */
export function paneProcesses(chain: readonly Process[]): PaneProcess[] {
  return chain.flatMap(({ pid, parent }, index) => {
    const above = chain[index + 1];
    return above !== undefined && isTmux(above.name) ? [{ panePid: pid, serverPid: parent }] : [];
  });
}
