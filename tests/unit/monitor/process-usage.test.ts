import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, describe, expect, it } from 'vitest';
import {
  createUsageMeter,
  pageSize,
  type Processes,
  readProcesses,
  readStat,
} from '../../../src/monitor/process-usage.js';
import { until } from '../../support/world.js';

const PAGE = 4096;
const statLine = (pid: number, name: string, parent: number, ticks: number, pages: number, start = 100): string =>
  `${String(pid)} (${name}) S ${String(parent)} 1 1 0 -1 4194560 9 9 9 9 ${String(ticks)} 5 7 7 20 0 1 0 ${String(start)} 99999 ${String(pages)} 18446744073709551615 1 1`;

const children: ChildProcess[] = [];
afterAll(async () => {
  for (const child of children) {
    child.kill('SIGKILL');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
});

describe('a line of /proc/pid/stat', () => {
  it.each(['plain', 'two words', 'a) S 9 9 (b', ') R 1 ((', ''])('is read with the name "%s"', (name) => {
    expect(readStat(statLine(7, name, 3, 40, 12))).toEqual({ parent: 3, ticks: 45, start: '100', pages: 12 });
  });

  it.each(['', '7', '7 (x) S 3', '7 (x) S a b c d e f g h i j k l m n o p q r s t u v'])(
    'that is none is none: %j',
    (text) => {
      expect(readStat(text)).toBeUndefined();
    },
  );
});

describe('a meter', () => {
  let now = 0;
  let processes: Processes | undefined;
  const row = (
    parent: number,
    ticks: number,
    pages: number,
    start = '1',
  ): { parent: number; ticks: number; pages: number; start: string } => ({ parent, ticks, pages, start });

  it('sums up what is below each root, and only time that was used since', () => {
    now = 0;
    const meter = createUsageMeter(() => now, () => processes, PAGE);
    processes = new Map([[1, row(0, 900, 5)], [10, row(1, 100, 10)], [11, row(10, 50, 20)], [12, row(11, 0, 30)], [20, row(1, 7, 1)]]);
    expect(meter.sample([10, 20, 30])).toEqual(new Map([[10, { cpuPercent: undefined, memoryBytes: 60 * PAGE }], [20, { cpuPercent: undefined, memoryBytes: PAGE }]]));
    now = 2000;
    // 11 has ended, its number is another one's now; 13 is new.
    processes = new Map([[1, row(0, 990, 5)], [10, row(1, 120, 10)], [11, row(10, 30, 20, '2')], [13, row(10, 50, 1)], [20, row(1, 7, 1)]]);
    expect(meter.sample([10, 20])).toEqual(new Map([[10, { cpuPercent: 50, memoryBytes: 31 * PAGE }], [20, { cpuPercent: 0, memoryBytes: PAGE }]]));
  }); // prettier-ignore

  it('is not led in a circle by numbers that were given anew while they were read', () => {
    const meter = createUsageMeter(
      () => now,
      () => processes,
      PAGE,
    );
    processes = new Map([
      [10, row(11, 0, 1)],
      [11, row(10, 0, 1)],
    ]);
    expect(meter.sample([10])!.get(10)!.memoryBytes).toBe(2 * PAGE);
  });

  it('tells nothing where the system does not', () => {
    processes = undefined;
    expect(
      createUsageMeter(
        () => now,
        () => processes,
        PAGE,
      ).sample([1]),
    ).toBeUndefined();
  });
});

describe.runIf(process.platform === 'linux')('real processes', () => {
  it('are measured with all below them', async () => {
    expect(pageSize()).toBeGreaterThanOrEqual(4096);
    // The shell waits for two, of which one works and one holds memory.
    const hold = `node -e "const a=Buffer.alloc(120e6,1);setInterval(()=>a,1e3)"`;
    const work = `node -e "setInterval(()=>{const e=Date.now()+50;while(Date.now()<e);},1)"`;
    const shell = spawn('sh', ['-c', `trap 'kill 0' TERM; ${hold} & ${work} & wait`], {
      stdio: 'ignore',
      detached: true,
    });
    children.push(shell);
    const meter = createUsageMeter(() => performance.now());
    try {
      await until('the memory', () => (meter.sample([shell.pid!])?.get(shell.pid!)?.memoryBytes ?? 0) > 150e6, 20_000);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      const used = meter.sample([shell.pid!])!.get(shell.pid!)!;
      expect(used.cpuPercent).toBeGreaterThan(10);
      expect(used.cpuPercent).toBeLessThan(250);
      expect(readProcesses()!.get(shell.pid!)!.parent).toBe(process.pid);
    } finally {
      process.kill(-shell.pid!, 'SIGKILL');
    }
    await until('its end', () => shell.exitCode !== null || shell.signalCode !== null);
    await until('it to be gone', () => !readProcesses()!.has(shell.pid!));
    expect(meter.sample([shell.pid!])).toEqual(new Map());
  }, 40_000);
});
