import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DOORS, type DoorName } from '../support/attacks.js';
import { withOtherTmux } from '../support/other-tmux.js';
import { type Data, ok, shellPane } from '../support/panes.js';
import { cliJson, type Host, legacyHost } from '../support/program.js';
import { UNLIMITED } from '../support/raw-server.js';
import { createWorld, until, type World } from '../support/world.js';

/** The cases OU-079 and OU-080 of the attacks: what floods, and what has become large. */

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
function create(): World {
  const world = createWorld(UNLIMITED);
  closing.push(world.close);
  return world;
}
async function connect(world: World): Promise<Host> {
  const host = await legacyHost(world);
  closing.push(host.close);
  return host;
}

const MB = 1_000_000;
const LINE = 'x'.repeat(79);
const MAX_RESULT_BYTES = 262_144;

const rssOf = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) * 1024;

/** The most memory that a process has had from now on. */
function watchMemory(pid: number): () => number {
  let most = rssOf(pid);
  const timer = setInterval(() => (most = Math.max(most, rssOf(pid))), 20);
  closing.push(async () => clearInterval(timer));
  return () => Math.max(most, rssOf(pid));
}

/** Until the command is over, however long it takes. */
async function runToEnd(host: Host, target: string, command: string): Promise<Data> {
  const patience = { timeout: 100_000 };
  let result = await host.call('run_command', { target, command, timeout_seconds: 55 }, patience);
  while (result.structuredContent.job?.state === 'running') {
    const { id } = result.structuredContent.job;
    result = await host.call('get_job', { job_id: id, timeout_seconds: 55 }, patience);
  }
  return result.structuredContent;
}

describe('OU-079: output without end', () => {
  // The 500 MB of the case are 250 million lines of a letter, which tmux scrolls for four minutes: so there are 10 MB of
  // those, and 200 MB of lines that fill a row.
  it.skipIf(!existsSync('/proc/self/status')).each([
    ['short', 'yes', 10 * MB],
    ['long', `yes ${LINE}`, 200 * MB],
  ])(
    'of %s lines takes no memory of the server, which goes on answering',
    async (_kind, program, bytes) => {
      const world = create();
      const host = await connect(world);
      const pane = await shellPane(host, world, 'bash', 'flood', { width: 80 });
      expect(await runToEnd(host, pane, 'echo ready')).toMatchObject({ output: 'ready\n' });
      const before = rssOf(host.pid);
      const most = watchMemory(host.pid);
      const flood = runToEnd(host, pane, `${program} | head -c ${String(bytes)}`);
      const over = new AbortController();
      const answered = (async () => {
        let answers = 0;
        for (; !over.signal.aborted; answers++) await ok(host, 'list_sessions');
        return answers;
      })();
      const result = await flood.finally(() => over.abort());
      expect(await answered).toBeGreaterThan(5);
      expect(most() - before).toBeLessThan(50 * MB);
      expect(result).toMatchObject({ job: { state: 'done', exit_code: 0 }, truncated: true });
      expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(MAX_RESULT_BYTES);
      // On a machine that cannot keep up, what was missed is taken from the screen, and is said to be.
      if (result.output_source === 'screen') return;
      expect(result.total_bytes).toBe(bytes);
      expect(Buffer.byteLength(result.output)).toBeLessThan(70_000);
    },
    240_000,
  );
});

const LINES = 650_000;
const MAX_LINES = 5000;
const HEIGHT = 24;
/** Read besides: the screen, and what stands above, so that a secret is found which begins there. */
const BESIDES = HEIGHT + 60;

/** A world in which all that tmux is asked for goes through a file that keeps it. */
function overheard(world: World): { readonly world: World; readonly rowsAsked: () => number[] } {
  const log = join(world.folder, 'asked');
  const other = withOtherTmux(world, `if [ "$1" != -V ]; then tee -a ${log} | "$TMUX_REAL" "$@"; exit; fi`);
  const rows = (line: string): number[] => {
    const start = / "-S" "(-?[0-9]+)"/.exec(line)?.[1] ?? '0';
    const end = / "-E" "(-?[0-9]+)"/.exec(line)?.[1] ?? String(HEIGHT - 1);
    return line.startsWith('capture-pane ') ? [Number(end) - Number(start) + 1] : [];
  };
  return {
    world: other,
    rowsAsked: () =>
      readFileSync(log, 'utf8')
        .split(/\n| ; /)
        .flatMap(rows),
  };
}

/** One read, in the same words at both doors. */
async function read(door: DoorName, world: World, tool: string, args: Record<string, unknown>): Promise<Data> {
  if (door === 'MCP') return ok(await connect(world), tool, args);
  const { target, query, ...flags } = args;
  const argv = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const verb = tool === 'capture_pane' ? ['capture', String(target)] : ['search', String(query)];
  const result = await cliJson(world, ['pane', ...verb, ...argv]);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.data;
}

describe.each(DOORS)('OU-080: a history of 650,000 lines, through %s', (door) => {
  it('is asked for in bounds, and what is left out is told', async () => {
    const plain = create();
    const { world, rowsAsked } = overheard(plain);
    const program = `echo begin; read -r _; yes ${LINE} | head -n ${String(LINES)}; exec sleep 1000`;
    await plain.tmux(
      ...['start-server', ';', 'set-option', '-g', 'history-limit', '700000', ';'],
      ...['new-session', '-d', '-s', 'large', '-x', '80', '-y', String(HEIGHT), program],
    );
    const beginning = async (): Promise<Data> => read(door, world, 'capture_pane', { target: 'large' });
    await until('the beginning', async () => (await beginning()).text === 'begin');
    const { cursor } = await beginning();
    await plain.tmux('send-keys', '-t', 'large', 'Enter');
    const size = (): Promise<string> => plain.tmux('display-message', '-p', '-t', 'large', '#{history_size}');
    await until('the history', async () => Number(await size()) === LINES + 3 - HEIGHT, 60_000);
    const captured = await read(door, world, 'capture_pane', { target: 'large', lines: MAX_LINES });
    expect(captured.truncated).toBe(true);
    expect(captured.text.split('\n').at(-1)).toBe(LINE);
    const since = await read(door, world, 'capture_pane', { target: 'large', lines: 50, since: cursor });
    expect(since).toMatchObject({ line_count: 50, truncated: true, lines_missed: 0 });
    expect(since.text.split('\n').at(-1)).toBe(LINE);
    const found = await read(door, world, 'search_panes', { query: 'x', limit: 500 });
    expect(found.matches).toHaveLength(500);
    for (const data of [captured, found])
      expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThan(MAX_RESULT_BYTES);
    const asked = rowsAsked();
    expect(Math.max(...asked)).toBeGreaterThan(MAX_LINES);
    expect(Math.max(...asked)).toBeLessThanOrEqual(MAX_LINES + BESIDES);
  }, 120_000);
});
