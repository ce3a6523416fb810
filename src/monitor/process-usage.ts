import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';

/** What /proc tells of one process (proc(5)). */
export interface ProcessStat {
  readonly parent: number;
  /** Time on processors so far, in clock ticks. */
  readonly ticks: number;
  /** When it began, in clock ticks since boot: its number may be another one's later. */
  readonly start: string;
  /** Resident pages. */
  readonly pages: number;
}

/** What a process and all below it use. */
export interface TreeUsage {
  /** Of one core, since the last sample; undefined at the first. */
  readonly cpuPercent: number | undefined;
  readonly memoryBytes: number;
}

/** Fields behind the last bracket, counted from the state, which is field 3. */
const AT = { parent: 1, user: 11, system: 12, start: 19, pages: 21 } as const;

/** @returns undefined for what is no such line */
export function readStat(text: string): ProcessStat | undefined {
  // The name may hold spaces and brackets.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', AT.pages + 1);
  const [parent, user, system, pages] = [AT.parent, AT.user, AT.system, AT.pages].map((at) => Number(fields[at]));
  if (parent === undefined || user === undefined || system === undefined || pages === undefined) return undefined;
  if (![parent, user, system, pages].every(Number.isSafeInteger)) return undefined;
  return { parent, ticks: user + system, start: fields[AT.start] ?? '', pages };
}

/** A line of it is shorter: the name has at most 64 bytes, and there are 52 numbers. */
const buffer = Buffer.allocUnsafe(4096);

function readSmall(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return undefined;
  }
  try {
    return buffer.toString('latin1', 0, readSync(file, buffer, 0, buffer.length, 0));
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

export type Processes = ReadonlyMap<number, ProcessStat>;

/** All processes, in one pass; no program is started for it. @returns undefined where the system has no /proc like Linux */
export function readProcesses(): Processes | undefined {
  if (process.platform !== 'linux') return undefined;
  let names: readonly string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return undefined;
  }
  const found = new Map<number, ProcessStat>();
  for (const name of names) {
    const first = name.charCodeAt(0);
    if (first < 48 || first > 57) continue;
    const stat = readStat(readSmall(`/proc/${name}/stat`) ?? '');
    if (stat !== undefined) found.set(Number(name), stat);
  }
  return found.size === 0 ? undefined : found;
}

/** Type of the entry that tells the size of a page (getauxval(3), AT_PAGESZ). */
const AT_PAGESZ = 6n;
const WORD = 8;

/** Size of a page in bytes, which is not 4 KiB everywhere. */
export function pageSize(): number {
  const usual = 4096;
  try {
    const words = readFileSync('/proc/self/auxv');
    for (let at = 0; at + 2 * WORD <= words.length; at += 2 * WORD)
      if (words.readBigUInt64LE(at) === AT_PAGESZ) return Number(words.readBigUInt64LE(at + WORD));
  } catch {
    // It is the usual one nearly everywhere.
  }
  return usual;
}

function childrenOf(processes: Processes): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const [pid, { parent }] of processes) {
    const known = children.get(parent);
    if (known === undefined) children.set(parent, [pid]);
    else known.push(pid);
  }
  return children;
}

/** A process and all below it; none twice, since numbers can be given anew while they are read. */
function treeOf(root: number, children: ReadonlyMap<number, readonly number[]>): ReadonlySet<number> {
  const tree = new Set([root]);
  for (const pid of tree) for (const child of children.get(pid) ?? []) tree.add(child);
  return tree;
}

/** Ticks in a second, wherever programs can see them (USER_HZ). */
const HZ = 100;

interface Sample {
  readonly at: number;
  readonly processes: Processes;
}

/** What processes have used since the last sample; one that is new has used all it has since then. */
function ticksSince(before: Processes, pid: number, { start, ticks }: ProcessStat): number {
  const old = before.get(pid);
  return Math.max(0, old?.start === start ? ticks - old.ticks : ticks);
}

/** Measures trees of processes, again and again. */
export interface UsageMeter {
  /**
   * @param roots pids
   * @returns undefined where the system does not tell; a root that is gone is missing
   */
  readonly sample: (roots: readonly number[]) => ReadonlyMap<number, TreeUsage> | undefined;
}

/** @param mono milliseconds that never go back */
export function createUsageMeter(mono: () => number, read: () => Processes | undefined = readProcesses, pageBytes = pageSize()): UsageMeter {
  let last: Sample | undefined;
  return {
    sample: (roots) => {
      const at = mono();
      const processes = read();
      if (processes === undefined) return undefined;
      const before = last;
      const seconds = before === undefined ? 0 : (at - before.at) / 1000;
      last = { at, processes };
      const children = childrenOf(processes);
      const use = (root: number): TreeUsage => {
        let [ticks, pages] = [0, 0];
        for (const pid of treeOf(root, children)) {
          const stat = processes.get(pid);
          if (stat === undefined) continue;
          pages += stat.pages;
          if (before !== undefined) ticks += ticksSince(before.processes, pid, stat);
        }
        const isKnown = before?.processes.has(root) === true && seconds > 0;
        return { cpuPercent: isKnown ? Math.round((ticks / HZ / seconds) * 1000) / 10 : undefined, memoryBytes: pages * pageBytes };
      };
      return new Map(roots.filter((root) => processes.has(root)).map((root) => [root, use(root)]));
    },
  };
} // prettier-ignore
