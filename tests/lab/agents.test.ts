import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Host, legacyHost } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';
import { openModelStub, type ModelStub } from './stub/server.js';
import { CLIS, type Home, ownTemporary, prepareHome } from './support/clis.js';

const ONLY = (process.env.LAB_ONLY ?? '').split(',').filter((id) => id !== '');
/** Where an exact source tells, and elsewhere; a loaded machine may take three times as long. */
const LATEST_MS = { exact: 3 * 500, screen: 3 * 1500 };

describe.each(CLIS.filter(({ id }) => ONLY.length === 0 || ONLY.includes(id)))(
  '$id, driven by the built server',
  (cli) => {
    let world: World;
    let host: Host;
    let stub: ModelStub;
    let home: Home;
    beforeAll(async () => {
      stub = await openModelStub();
      const path = mkdtempSync(join(process.env.LAB_HOMES ?? '', `${cli.id}-`));
      home = { path, project: join(path, 'proj'), url: stub.url };
      prepareHome(cli, home);
      execFileSync('git', ['init', '-q', home.project]);
      world = createWorld({
        PATH: `${process.env.LAB_BIN ?? ''}:${process.env.PATH ?? ''}`,
        TMUX_ORC_SECURITY_SANITIZER_ALLOWED_PATHS: path,
      });
      host = await legacyHost(world);
    });
    afterAll(async () => {
      await host.close();
      await world.close();
      await stub.close();
      rmSync(home.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    });
    const ok = async (name: string, args: object = {}): Promise<any> => {
      const result = await host.call(name, { ...args });
      if (result.isError === true) throw new Error(`${name}: ${JSON.stringify(result.structuredContent)}`);
      return result.structuredContent;
    };
    const spawn = (name: string, more: object = {}): Promise<any> =>
      ok('spawn_agent', {
        name,
        provider: cli.id,
        cwd: home.project,
        env: { HOME: home.path, ...ownTemporary(home), ...cli.env(home) },
        ...more,
      });
    const stateOf = async (agent: string): Promise<string> => (await ok('get_agent_status', { agent })).state;
    const becomes = (agent: string, state: string, timeoutMs?: number): Promise<unknown> =>
      until(`${agent} to be ${state}`, async () => (await stateOf(agent)) === state, timeoutMs);
    const say = async (pane: string, text: string): Promise<void> => {
      await ok('send_keys', { target: pane, text });
      await sleep(700);
      await ok('send_keys', { target: pane, keys: ['Enter'] });
    };

    it('is started with a briefing, and is seen to be ready, at work and idle', { timeout: 180_000 }, async () => {
      const started = await spawn('worker', {
        briefing: 'SAY briefed',
        ...(cli.model === undefined ? {} : { model: cli.model }),
      });
      expect(started).toMatchObject({ ready: true, briefed: true, agent: { name: 'worker', provider: cli.id } });
      await until(
        'the briefing',
        () => stub.received.some(({ order }) => order.kind === 'say' && order.text === 'briefed'),
        20_000,
      );
      const { pane } = started.agent;
      await becomes('worker', 'idle', 60_000);
      const { seq } = (await ok('get_agent_status', { agent: 'worker' })) as { seq: number };
      await say(pane, 'SLOW 6');
      await until('the request', () => stub.received.at(-1)?.order.kind === 'slow', 60_000);
      await becomes('worker', 'working', LATEST_MS.screen);
      const { evidence } = await ok('get_agent_status', { agent: 'worker', explain: true });
      process.stdout.write(`${cli.id} working: ${JSON.stringify(evidence)}\n`);
      await becomes('worker', 'idle', 15_000);
      expect((await ok('get_agent_status', { agent: 'worker' })).seq).toBeGreaterThanOrEqual(seq + 2);
      expect((await ok('list_agents')).agents).toMatchObject([{ name: 'worker', state: 'idle' }]);
    });

    it('asks before a command', { timeout: 120_000 }, async () => {
      if (!cli.asks) return;
      const { pane } = (await ok('list_agents')).agents[0];
      await say(pane, 'TOOL touch lab-proof');
      await becomes('worker', 'waiting_permission', 30_000);
      // A file of its own may tell of it before it is drawn.
      const dialog = await until(
        'the question',
        async () => (await ok('get_agent_status', { agent: 'worker' })).dialog,
      );
      process.stdout.write(`${cli.id} asks: ${JSON.stringify(dialog)}\n`);
      expect(dialog.options.length).toBeGreaterThan(1);
      await ok('send_keys', { target: pane, keys: ['Escape'] });
      await becomes('worker', 'idle', 15_000);
    });

    it('is crashed when it is killed, whatever its last screen says', { timeout: 60_000 }, async () => {
      const { pane } = (await ok('list_agents')).agents[0];
      await say(pane, 'SLOW 30');
      await becomes('worker', 'working', 15_000);
      process.kill(Number(await world.tmux('display-message', '-p', '-t', pane, '#{pane_pid}')), 'SIGKILL');
      await becomes('worker', 'crashed', LATEST_MS.exact);
      expect(await ok('get_agent_status', { agent: 'worker' })).toMatchObject({ confidence: 1 });
    });
  },
);
