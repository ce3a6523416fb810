import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filterOutput } from '../../src/security/text/escape-filter.js';
import { revealOutput } from '../../src/security/text/hidden-unicode.js';
import { type Data, file, ok, refused, run, shellPane } from '../support/panes.js';
import { cli, cliJson, type Host, legacyHost } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

/** What the output filters leave of a text. */
const shownOf = (text: string): string => revealOutput(filterOutput(text).text).text;

let world: World;
let host: Host;
let other: Host;
let pane: string;

beforeAll(async () => {
  world = createWorld();
  [host, other] = await Promise.all([legacyHost(world), legacyHost(world)]);
  pane = await shellPane(host, world, 'bash', 'work');
});
afterAll(async () => {
  await Promise.all([host.close(), other.close()]);
  await world.close();
});

describe('jobs across processes', () => {
  it('answers get_job from any process, exactly where the owner lives', async () => {
    const started = await run(host, pane, 'echo one; sleep 0.8; echo two; sh -c "exit 5"', 0.3);
    const elsewhere = await ok(other, 'get_job', { job_id: started.job.id, timeout_seconds: 20 });
    expect(elsewhere).toMatchObject({
      job: { state: 'done', exit_code: 5 },
      output: 'one\ntwo\n',
      output_source: 'stream',
    });
    const command = await cliJson(world, ['pane', 'job', started.job.id]);
    expect(command).toMatchObject({ ok: true, code: 5, data: { output: 'one\ntwo\n' } });
    expect(await refused(host, 'get_job', { job_id: '0123456789abcdef' })).toMatchObject({ code: 'NOT_FOUND' });
    expect(await refused(host, 'get_job', { job_id: '../../etc' })).toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('survives kill -9 of the process that started it', async () => {
    const doomed = await legacyHost(world);
    const started = await run(doomed, pane, 'echo first; sleep 1.5; echo last; sh -c "exit 7"', 0.3);
    process.kill(doomed.pid, 'SIGKILL');
    await doomed.close();
    const done = await ok(other, 'get_job', { job_id: started.job.id, timeout_seconds: 20 });
    expect(done).toMatchObject({
      job: { state: 'done', exit_code: 7 },
      output: 'first\nlast\n',
      output_source: 'screen',
    });
    expect(await run(other, pane, 'echo free')).toMatchObject({ output: 'free\n' });
  });

  it('keeps what it takes from the screen of a wide pane within the bounds of any output', async () => {
    const wide = await shellPane(host, world, 'bash', 'wide', { width: 500 });
    const doomed = await legacyHost(world);
    const line = 'w'.repeat(450);
    const started = await run(doomed, wide, `sleep 3; yes ${line} | head -n 1500; echo the-end`, 0.2);
    process.kill(doomed.pid, 'SIGKILL');
    await doomed.close();
    const done = await ok(other, 'get_job', { job_id: started.job.id, timeout_seconds: 20 });
    expect(done).toMatchObject({ job: { state: 'done', exit_code: 0 }, output_source: 'screen', truncated: true });
    expect(done.output.endsWith(`${line}\nthe-end\n`)).toBe(true);
    expect(Buffer.byteLength(done.output)).toBeLessThanOrEqual(64 * 1024);
    await ok(host, 'kill_session', { session: 'wide' });
  });

  it('gives only what came after a cursor, also of a result that another process saved', async () => {
    const started = await run(host, pane, 'echo begin; sleep 2; seq 1 40000; echo the-end', 0.5);
    expect(started).toMatchObject({ job: { state: 'running' }, output: 'begin\n' });
    await ok(host, 'get_job', { job_id: started.job.id, timeout_seconds: 20 });
    const rest = await ok(other, 'get_job', { job_id: started.job.id, since: started.cursor });
    expect(rest.output).not.toContain('begin');
    expect(rest.output.endsWith('39999\n40000\nthe-end\n')).toBe(true);
    // More came than is kept of it.
    expect(rest.truncated).toBe(true);
    const nothing = await ok(other, 'get_job', { job_id: started.job.id, since: rest.cursor });
    expect(nothing.output).toBe('');
  });

  it('queues for one pane over processes, and cancels from another', async () => {
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        run(index % 2 === 0 ? host : other, pane, `echo a-${index}; sleep 0.03; echo b-${index}`),
      ),
    );
    expect(results.flatMap((result: Data) => result.job.reason ?? [])).toEqual([]);
    results.forEach((result: Data, index) => {
      expect(result).toMatchObject({ job: { state: 'done', exit_code: 0 }, output: `a-${index}\nb-${index}\n` });
    });
    const started = await run(host, pane, 'sleep 100', 0.3);
    expect((await ok(other, 'cancel_job', { job_id: started.job.id })).job).toMatchObject({
      state: 'done',
      exit_code: 130,
    });
    expect((await ok(host, 'get_job', { job_id: started.job.id })).job).toMatchObject({
      state: 'done',
      exit_code: 130,
    });
    const queued = await run(host, pane, 'sleep 4', 1);
    expect(queued.job.state).toBe('running');
    expect((await run(other, pane, 'echo never', 0.5)).job).toMatchObject({ state: 'refused', reason: 'queued' });
    await ok(host, 'get_job', { job_id: queued.job.id });
  });

  it('keeps out of the way of a person at the same pane', async () => {
    for (let round = 0; round < 10; round++) {
      const typing = world.tmux('send-keys', '-t', pane, '-l', 'human ');
      const result = await run(host, pane, 'echo machine', 2);
      await typing;
      // What a person types while it runs is echoed into it.
      if (result.job.state === 'done') expect(result.output).toMatch(/machine\n/);
      // A key that the shell has not read yet is nowhere to be seen: then the shell gets both, and it is said.
      else expect(['half_typed', 'interrupted']).toContain(result.job.reason);
      await world.tmux('send-keys', '-t', pane, 'C-c');
      await until('the prompt', async () => (await run(host, pane, 'true', 3)).job.state === 'done');
    }
  });

  it('says so when tmux dies under a job', async () => {
    const small = createWorld();
    const server = await legacyHost(small);
    try {
      const target = await shellPane(server, small, 'bash', 'doomed');
      const running = run(server, target, 'sleep 100', 20);
      await sleep(500);
      process.kill(Number(await small.tmux('display-message', '-p', '#{pid}')), 'SIGKILL');
      expect((await running).job).toMatchObject({ state: 'lost', reason: 'pane_gone' });
    } finally {
      await server.close();
      await small.close();
    }
  });

  it('leaves the job to itself when the caller cancels the wait', async () => {
    const abort = new AbortController();
    const path = `${world.folder}/done`;
    const call = host.call(
      'run_command',
      { target: pane, command: `sleep 1; echo yes > ${path}`, timeout_seconds: 20 },
      { signal: abort.signal },
    );
    await sleep(400);
    abort.abort();
    await expect(call).rejects.toThrow();
    await until('the job', async () => (await run(host, pane, `cat ${path}`, 5)).output === 'yes\n');
  });

  it('runs 20 panes with 50 commands each at once', async () => {
    const panes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => shellPane(host, world, 'bash', `many-${index}`)),
    );
    const results = await Promise.all(
      panes.flatMap((target, n) =>
        Array.from({ length: 50 }, async (_, index) => ({
          n,
          index,
          result: await run(host, target, `echo ${n}-${index}; sh -c "exit ${index}"`, 55),
        })),
      ),
    );
    expect(results.flatMap(({ result }) => result.job.reason ?? [])).toEqual([]);
    for (const { n, index, result } of results)
      expect(result).toMatchObject({ job: { state: 'done', exit_code: index }, output: `${n}-${index}\n` });
    for (let n = 0; n < 20; n++) await ok(host, 'kill_session', { session: `many-${n}` });
  }, 120_000);
});

describe('exactness', () => {
  it('any command text runs as the shell itself would run it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 30 }), { minLength: 1, maxLength: 5 }),
        async (words) => {
          // Quoted by us, so that every character of it is data for the shell.
          const clean = words.map((word) => word.replaceAll('\0', '').replaceAll('\r', ''));
          const command = `printf '%s|' ${clean.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ')}`;
          const result = await run(host, pane, command);
          expect(result.job).toMatchObject({ state: 'done', exit_code: 0 });
          expect(result.output).toBe(shownOf(`${clean.join('|')}|`));
        },
      ),
      // A filler, which nobody sees, is taken out. Of the width of others our table and that of tmux's C library differ.
      { numRuns: 60, examples: [[['\u{FFA0}']], [['\u{324E}']], [['\u{1FAAD}']]] },
    );
  }, 60_000);

  it('any output bytes come back as the filter says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 0, maxLength: 3000 }), async (bytes) => {
        // Programs can switch character sets and screens with these; then the pane has no prompt to be seen.
        const tame = bytes.filter((byte) => ![0x05, 0x0e, 0x0f, 0x18, 0x1a, 0x1b].includes(byte));
        const path = file(world, 'bytes', tame);
        const result = await run(host, pane, `cat ${path}; echo`);
        const text = `${Buffer.from(tame).toString('utf8')}\n`;
        expect(result.job.exit_code).toBe(0);
        expect(result.output).toBe(shownOf(text));
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  it('the CLI exits with the code of the command', async () => {
    expect(await cli(world, ['pane', 'run', pane, 'echo out; sh -c "exit 42"'])).toMatchObject({
      code: 42,
      stdout: 'out\n',
      stderr: 'exit code 42\n',
    });
    expect((await cli(world, ['pane', 'run', pane, 'sleep 3', '--timeout-seconds', '0.3'])).code).toBe(124);
    await world.tmux('send-keys', '-t', pane, 'C-c');
    await until('the prompt', async () => (await run(host, pane, 'true', 3)).job.state === 'done');
    await world.tmux('send-keys', '-t', pane, 'half');
    await sleep(200);
    expect((await cli(world, ['pane', 'run', pane, 'true'])).code).toBe(6);
    await world.tmux('send-keys', '-t', pane, 'C-u');
  });
});
