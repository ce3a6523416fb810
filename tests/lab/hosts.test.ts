import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtInProviders } from '../../src/providers/index.js';
import { BIN } from '../support/program.js';
import { until } from '../support/world.js';
import type { Said } from './stub/chain.js';
import { callOrder, type ToolCall } from './stub/order.js';
import { isObject, listOf } from './stub/wire.js';
import { HOSTS, type HostBench, type McpHost, openHost } from './support/hosts.js';
import { memoryOf, runs, serversIn } from './support/servers.js';

const ORDER_MS = 60_000;
/** The server looks for its parent every 250 ms, and closes what it has open. */
const END_MS = 3000;
const BACKGROUND_END_MS = 120_000;

const call = (tool: string, args: ToolCall['args'] = {}): ToolCall => ({ tool, args });

/** A shell of ours, a command in it, and what it printed. */
const WITH_PANES = [
  call('list_sessions', { detail: 'panes' }),
  call('spawn_agent', { name: 'helper', provider: 'shell' }),
  call('run_command', { target: 'agents', command: 'echo hello-from-$((1+1))-host' }),
  call('wait_for_output', { target: 'agents', idle_seconds: 1, timeout_seconds: 10 }),
  call('capture_pane', { target: 'agents' }),
  call('list_agents'),
];
/** The same as a message to an agent, with its receipt. */
const WITH_MESSAGES = [
  call('list_agents'),
  call('spawn_agent', { name: 'reader', provider: 'shell' }),
  call('send_message', { agent: 'reader', message: 'echo hello-from-$((1+1))-host' }),
  call('wait_for_agents', { agents: ['reader'], after_seq: '$seq', timeout_seconds: 20 }),
  call('read_agent', { agent: 'reader' }),
];
const ANSWER = 'hello-from-2-host';

/** Waits until the CLI has our tools and takes messages. */
async function ready({ frames, pane }: HostBench): Promise<void> {
  const isList = ({ message }: ReturnType<typeof frames>[number]): boolean => isObject(message.result) && Array.isArray(message.result.tools); // prettier-ignore
  await until('our tools to be listed', () => frames().some(isList), ORDER_MS);
  let before = '';
  await until(
    'its screen to stay',
    async () => {
      const now = (await pane.look()).lines.join('\n');
      const same = now === before;
      before = now;
      await sleep(1500);
      return same;
    },
    ORDER_MS,
  );
}

async function submit({ pane }: HostBench, text: string): Promise<void> {
  await pane.type(text);
  await sleep(1000);
  await pane.keys('Enter');
}

const isSaid = ({ stub }: HostBench, text: string): boolean =>
  stub.received.some(({ order, endedAt }) => order.kind === 'say' && order.text === text && endedAt !== undefined);

/** Has the model ask for calls. @returns what the tools said, as the model got it */
async function order(bench: HostBench, calls: readonly ToolCall[], text: string): Promise<readonly Said[]> {
  await submit(bench, callOrder(calls, text));
  await until(`the text ${text}`, () => isSaid(bench, text), ORDER_MS);
  // What is typed while a turn ends may go nowhere.
  await sleep(2000);
  return bench.stub.said();
}

const ours = (name: unknown): string | undefined => /tmux[-_]orc[._]{1,2}([a-z_]+)$/.exec(String(name))?.[1];

/** What the host and we say to each other at the beginning. */
function beginning({ frames }: HostBench): { protocol: unknown; listed: string[]; listBytes: number; startMs: number } {
  const all = frames();
  const list = all.find(({ message }) => isObject(message.result) && Array.isArray(message.result.tools))!;
  const [first] = all;
  const answer = all.find(({ from, message }) => from === 'server' && message.id === first?.message.id);
  const result = isObject(answer?.message.result) ? answer.message.result : {};
  return {
    protocol: result.protocolVersion ?? (result.supportedVersions as string[] | undefined)?.at(-1),
    listed: listOf((list.message.result as { tools: unknown }).tools).map(({ name }) => String(name)),
    listBytes: list.bytes,
    startMs: list.at - first!.at,
  };
}

describe.each(HOSTS)('$id, with our server in its own config', (host: McpHost) => {
  let bench: HostBench;
  beforeAll(async () => {
    bench = await openHost(host);
    await ready(bench);
  }, 120_000);
  afterAll(() => bench.close());
  const tell = (what: string, facts: object): void => {
    process.stdout.write(`${host.id} ${bench.version}, ${what}: ${JSON.stringify(facts)}\n`);
  };

  it('offers all of our tools to the model', { timeout: 120_000 }, async () => {
    await submit(bench, 'SAY began');
    await until('the first turn', () => isSaid(bench, 'began'), ORDER_MS);
    const { body, turn } = bench.stub.received.at(-1)!;
    const definitions = turn.definitions.filter(({ name }) => ours(name) !== undefined);
    const named = [...body.matchAll(/mcp__tmux-orc__([a-z_]+)/g)].map(([, name]) => name);
    const offered = host.searches === true ? named : definitions.map(({ name }) => ours(name));
    const { protocol, listed, ...start } = beginning(bench);
    expect(offered.toSorted()).toEqual(listed.toSorted());
    expect(listed).toContain('list_sessions');
    expect(protocol).toBe(host.protocol);
    const sent = host.searches === true ? named.join('\n') : JSON.stringify(definitions);
    const memory_mib = serversIn(bench.home.path).map(({ pid }) => Math.round(memoryOf(pid)));
    // How to use them comes along; Gemini CLI has it only where we were there before its first words.
    const instructions = body.includes('tmux-orc controls tmux');
    if (host.cli.id !== 'gemini') expect(instructions).toBe(true);
    tell('tools', {
      instructions,
      protocol,
      tools: offered.length,
      bytes: Buffer.byteLength(sent),
      request: body.length,
      ...start,
      memory_mib,
    });
  });

  it('has an agent work, and brings its answer to the model', { timeout: 180_000 }, async () => {
    const said = await order(bench, WITH_PANES, 'chain done');
    expect(said.map(({ tool }) => tool)).toEqual(WITH_PANES.map(({ tool }) => tool));
    const of = (tool: string): string => said.find((one) => one.tool === tool)?.text ?? '';
    expect(of('spawn_agent')).toMatch(/helper/);
    for (const tool of ['run_command', 'capture_pane']) expect(of(tool)).toContain(ANSWER);
    expect(of('list_agents')).toMatch(/helper.*idle/s);
    const calls = bench.frames().filter(({ message }) => message.method === 'tools/call');
    const took = calls.map(({ at, message }) => {
      const answer = bench.frames().find((one) => one.from === 'server' && one.message.id === message.id);
      return `${(message.params as { name: string }).name} ${String((answer?.at ?? Infinity) - at)}`;
    });
    tell('milliseconds in the server', took);
  });

  it('sends a message, waits by its receipt and reads the answer', { timeout: 180_000 }, async () => {
    const [, , receipt, wait, answer] = await order(bench, WITH_MESSAGES, 'messages done');
    tell('receipt and answer', [receipt?.text, wait?.text, answer?.text]);
    expect(receipt?.text).toContain('submitted');
    // The model could read it, whether the host gives it the data or the text.
    const waits = bench.frames().map(({ message }) => message.params as { name?: string } | undefined);
    expect(waits).toContainEqual(
      expect.objectContaining({ name: 'wait_for_agents', arguments: expect.objectContaining({ after_seq: 1 }) }),
    );
    expect(wait?.text).toMatch(/met|idle/);
    expect(answer?.text).toContain(ANSWER);
  });

  it('shows errors to the model with code and hint', { timeout: 120_000 }, async () => {
    const wrong = [
      call('kill_session', { session: 'nope' }),
      call('search_panes', { query: '(', regex: true }),
      // The pane that the host itself runs in.
      call('kill_pane', { target: 'lab' }),
    ];
    const [missing, invalid, own] = (await order(bench, wrong, 'errors done')).map(({ text }) => text);
    expect(missing).toMatch(/NOT_FOUND[^]*list_sessions shows what there is/);
    expect(invalid).toMatch(/INVALID_INPUT[^]*query/);
    expect(own).toMatch(/DENIED[^]*the pane that this server itself runs in/);
  });

  it('asks its person before it ends what it did not create', { timeout: 120_000 }, async () => {
    const { pane, stub } = bench;
    const sessions = (): Promise<string> => pane.tmux('list-sessions', '-F', '#{session_name}');
    await pane.tmux('new-session', '-d', '-s', 'yours', 'sleep', '1000');
    const kill = call('kill_session', { session: 'yours' });
    if (host.once === undefined) {
      const [refused] = await order(bench, [kill], 'refused');
      const id = /tmux-orc approve ([0-9a-f]+)/.exec(refused?.text ?? '')?.[1] ?? '';
      expect(refused?.text).toContain('CONFIRMATION_REQUIRED');
      // A terminal of the person, beside the host.
      const desk = ['-t', '=desk:'];
      await pane.tmux('new-session', '-d', '-s', 'desk', process.execPath, BIN, 'approve', id);
      await until('the question', async () => (await pane.tmux('capture-pane', '-p', ...desk)).includes('Approve'));
      await pane.tmux('send-keys', ...desk, 'y', 'Enter');
      await until('the end of it', async () => !(await sessions()).includes('desk') || (await pane.tmux('capture-pane', '-p', ...desk)).includes('Approved')); // prettier-ignore
      expect(await sessions()).toContain('yours');
      expect((await order(bench, [kill], 'killed'))[0]?.text).not.toContain('CONFIRMATION_REQUIRED');
    } else {
      await submit(bench, callOrder([kill], 'killed'));
      await until('our question', async () => (await pane.look()).lines.join(' ').includes('Risk: high'), ORDER_MS);
      expect(await sessions()).toContain('yours');
      for (const key of host.once) {
        await pane.keys(key);
        await sleep(500);
      }
      await until('the text', () => isSaid(bench, 'killed'), ORDER_MS);
      expect(stub.said()[0]?.text).toContain('yours');
    }
    expect(await sessions()).not.toContain('yours');
  });

  it('takes our server with it when it ends', { timeout: 180_000 }, async () => {
    const servers = serversIn(bench.home.path);
    expect(servers).toHaveLength(1);
    await submit(bench, builtInProviders.byId(host.cli.id)!.exitCommand!);
    const began = Date.now();
    const limit = host.background === true ? BACKGROUND_END_MS : END_MS + 10_000;
    await until('our server to end', () => servers.every(({ pid }) => !runs(pid)), limit);
    tell('server ended after', { ms: Date.now() - began });
  });
});

describe.each(HOSTS)('$id, killed', (host) => {
  it('leaves no server of ours', { timeout: 120_000 }, async () => {
    const bench = await openHost(host);
    try {
      await ready(bench);
      const [server] = serversIn(bench.home.path);
      const terminal = Number(await bench.pane.tmux('display-message', '-p', '-t', 'lab', '#{pane_pid}'));
      const began = Date.now();
      process.kill(host.background === true ? server!.parent : terminal, 'SIGKILL');
      await until('our server to end', () => !runs(server!.pid), END_MS);
      process.stdout.write(`${host.id}, killed: server ended after ${String(Date.now() - began)} ms\n`);
    } finally {
      await bench.close();
    }
  });
});
