import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Data, file, ok, run, screen, type Shell, SHELLS, shellPane } from '../support/panes.js';
import { type Host, legacyHost } from '../support/program.js';
import { createWorld, until, type World } from '../support/world.js';

/** Command, expected exit code, expected output; by shell where shells differ. */
type Case = readonly [
  name: string,
  command: string | Partial<Record<Shell, string>>,
  code: number | Partial<Record<Shell, number>>,
  output: string | RegExp,
];

const seq = (n: number): string => Array.from({ length: n }, (_, index) => `${String(index + 1)}\n`).join('');
const posix = (command: string): Partial<Record<Shell, string>> => ({ bash: command, dash: command, zsh: command });

const CASES: readonly Case[] = [
  ['exit 0', 'true', 0, ''],
  ['exit 3', 'sh -c "exit 3"', 3, ''],
  ['exact output', 'echo hello', 0, 'hello\n'],
  ['no newline at the end', 'printf abc', 0, 'abc'],
  ['both streams', 'echo out; echo err >&2', 0, 'out\nerr\n'],
  ['quotes', `echo "a 'b' \\"c\\"" '$x'`, 0, `a 'b' "c" $x\n`],
  ['unicode and wide characters', 'echo "日本語 👩‍💻 é ñ"', 0, '日本語 👩‍💻 é ñ\n'],
  ['colour is filtered', String.raw`printf '\033[31mred\033[0m plain\n'`, 0, 'red plain\n'],
  ['several lines', 'echo one\necho two\necho three', 0, 'one\ntwo\nthree\n'],
  ['heredoc', posix('cat <<END\nfirst $((1+1))\nsecond\nEND'), 0, 'first 2\nsecond\n'],
  ['comment at the end', 'echo x # a comment', 0, 'x\n'],
  ['only a comment', '# nothing', 0, ''],
  ['semicolon at the end', 'echo semi;', 0, 'semi\n'],
  ['ampersand at the end', 'sleep 0.01 &', 0, /^(\[\d+\] .*\n)*$/],
  ['unbalanced quote', 'echo "never', { bash: 2, dash: 2, zsh: 126, fish: 1 }, /./],
  ['syntax error', 'if )', { bash: 2, dash: 2, zsh: 126, fish: 1 }, /./],
  ['unknown command', 'no_such_command_x', 127, /no_such_command_x/],
  ['1500 lines', 'seq 1500', 0, seq(1500)],
  ['clear in between', 'echo before; clear; echo after', 0, /before\n[^]*after\n$/],
  ['500-character line', `echo ${'x'.repeat(500)}`, 0, `${'x'.repeat(500)}\n`],
  ['text like markers', String.raw`printf '\033]7711;00;E;7\007'; echo "%end 1 1 1"`, 0, '%end 1 1 1\n'],
  ['backslashes and percent', String.raw`printf '%s\n' 'a\nb%d\x'`, 0, 'a\\nb%d\\x\n'],
  ['tabs and blank lines', String.raw`printf 'a\tb\n\n\nc\n'`, 0, 'a\tb\n\n\nc\n'],
  ['leading dash and spaces', '  echo " -n  x  "', 0, ' -n  x  \n'],
]; // prettier-ignore

function of<T>(value: T | Partial<Record<Shell, T>>, shell: Shell): T | undefined {
  return typeof value === 'object' && value !== null ? (value as Partial<Record<Shell, T>>)[shell] : value;
}

describe.each(SHELLS)('run_command in %s', (shell) => {
  let world: World;
  let host: Host;
  let pane: string;

  beforeAll(async () => {
    world = createWorld();
    host = await legacyHost(world);
    pane = await shellPane(host, world, shell, 'work');
  });
  afterAll(async () => {
    await host.close();
    await world.close();
  });

  it.each(CASES)('%s', async (_name, commands, codes, output) => {
    const command = of(commands, shell);
    if (command === undefined) return;
    const result = await run(host, pane, command);
    expect(result.job).toMatchObject({ state: 'done', exit_code: of(codes, shell) });
    expect(result.output_source).toBe('stream');
    if (typeof output === 'string') expect(result.output).toBe(output);
    else expect(result.output).toMatch(output);
  });

  it('keeps folder and variables for the next command', async () => {
    const set = shell === 'fish' ? 'cd /usr; set -g kept yes' : 'cd /usr; kept=yes';
    expect((await run(host, pane, set)).job.exit_code).toBe(0);
    expect((await run(host, pane, 'pwd; echo $kept')).output).toBe('/usr\nyes\n');
  });

  it('bounds a large output and tells its size', async () => {
    const result = await run(host, pane, 'seq 200000');
    const whole = seq(200_000);
    expect(result).toMatchObject({ total_bytes: whole.length, truncated: true, job: { state: 'done', exit_code: 0 } });
    const [head = '', tail = ''] = (result.output as string).split(/\n\[\.\.\. \d+ bytes left out \.\.\.\]\n/);
    expect(whole.startsWith(head)).toBe(true);
    expect(whole.endsWith(tail)).toBe(true);
    expect(head.length + tail.length).toBe(64 * 1024);
  });

  it('takes a command of 1 MiB', async () => {
    const command = `echo begin\n${'# filler filler filler filler filler filler filler\n'.repeat(20_000)}echo end`;
    expect(command.length).toBeGreaterThan(1_000_000);
    expect(await run(host, pane, command)).toMatchObject({ job: { exit_code: 0 }, output: 'begin\nend\n' });
  });

  it('is exact from the first command of a new session on', async () => {
    for (let round = 0; round < 8; round++) {
      const fresh = await shellPane(host, world, shell, 'fresh');
      const first = await run(host, fresh, 'seq 3000');
      expect(first).toMatchObject({ job: { state: 'done', exit_code: 0 }, output_source: 'stream' });
      expect(first.output).toBe(seq(3000));
      await ok(host, 'kill_session', { session: 'fresh' });
    }
  });

  it('does without history, in a narrow pane, whatever its size', async () => {
    await world.tmux('set-option', '-g', 'history-limit', '100');
    const narrow = await shellPane(host, world, shell, 'narrow', { width: 20, height: 5 });
    await world.tmux('set-option', '-gu', 'history-limit');
    const counted = await run(host, narrow, 'seq 5000');
    expect(counted.job).toMatchObject({ state: 'done', exit_code: 0 });
    expect(counted.output).toBe(seq(5000));
    expect((await run(host, narrow, 'echo done')).output).toBe('done\n');
    await ok(host, 'kill_session', { session: 'narrow' });
  });

  it('goes on after a time-out as a job', async () => {
    const started = await run(host, pane, 'echo early; sleep 1; echo late; sh -c "exit 9"', 0.5);
    expect(started.job.state).toBe('running');
    expect(started.output).toBe('early\n');
    const later = await ok(host, 'get_job', { job_id: started.job.id, timeout_seconds: 20, since: started.cursor });
    expect(later).toMatchObject({ job: { state: 'done', exit_code: 9 }, output: 'late\n', total_bytes: 11 });
    expect((await ok(host, 'get_job', { job_id: started.job.id })).output).toBe('early\nlate\n');
  });

  it('interrupts a job and proves its end', async () => {
    for (const command of [
      'sleep 100',
      shell === 'fish' ? 'while true; sleep 0.1; end' : 'while true; do sleep 0.1; done',
      'cat',
    ]) {
      const started = await run(host, pane, command, 0.4);
      expect(started.job.state).toBe('running');
      const cancelled = await ok(host, 'cancel_job', { job_id: started.job.id });
      expect(cancelled.job).toMatchObject({ state: 'done', exit_code: 130, reason: 'cancelled' });
      expect((await run(host, pane, 'echo again')).output).toBe('again\n');
    }
  });

  it('says lost when the shell ends or is replaced', async () => {
    const gone = await shellPane(host, world, shell, 'gone');
    const exited = (await run(host, gone, 'exit 4')).job;
    // In fish `exit` ends only the file that is sourced.
    expect(exited).toMatchObject(
      shell === 'fish' ? { state: 'done', exit_code: 4 } : { state: 'lost', reason: 'shell_gone' },
    );
    const replaced = await shellPane(host, world, shell, 'replaced');
    expect((await run(host, replaced, 'exec sleep 1000')).job).toMatchObject({ state: 'lost', reason: 'shell_gone' });
    const killed = await shellPane(host, world, shell, 'killed');
    const running = run(host, killed, 'sleep 100');
    await sleep(500);
    await ok(host, 'kill_pane', { target: killed });
    expect((await running).job).toMatchObject({ state: 'lost' });
    for (const session of ['gone', 'replaced']) await ok(host, 'kill_session', { session });
  });

  it('notices an interrupt that somebody typed', async () => {
    const running = run(host, pane, shell === 'fish' ? 'while true; sleep 0.1; end' : 'while true; do sleep 0.1; done');
    await sleep(700);
    await world.tmux('send-keys', '-t', pane, 'C-c');
    const { job } = await running;
    // fish goes on with the script after an interrupt, so it marks the end itself.
    if (job.state === 'done') expect(job.exit_code).toBe(130);
    else expect(job).toMatchObject({ state: 'lost', reason: 'interrupted' });
    expect((await run(host, pane, 'echo again')).output).toBe('again\n');
  });

  it('queues commands for one pane in order, each with its own output', async () => {
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        run(host, pane, `echo start-${index}; sleep 0.05; echo end-${index}; sh -c "exit ${index}"`),
      ),
    );
    results.forEach((result: Data, index) => {
      expect(result).toMatchObject({
        job: { state: 'done', exit_code: index },
        output: `start-${index}\nend-${index}\n`,
      });
    });
  });

  describe('refuses, with nothing typed', () => {
    const refusedWith = async (target: string, reason: string): Promise<void> => {
      const before = await screen(world, target);
      const result = await run(host, target, 'echo TYPED', 3);
      expect(result.job).toMatchObject({ state: 'refused', reason, id: '' });
      expect(result.job.explanation.length).toBeGreaterThan(10);
      expect(await screen(world, target)).toBe(before);
    };
    const type = async (...keys: string[]): Promise<void> => {
      await world.tmux('send-keys', '-t', pane, ...keys);
      await sleep(300);
    };
    const ready = async (): Promise<void> => {
      await until('the prompt', async () => (await run(host, pane, 'true', 3)).job.state === 'done');
    };

    it('while a program runs', async () => {
      await type('sleep 1000', 'Enter');
      await refusedWith(pane, 'busy');
      await type('C-c');
      await ready();
    });

    it('at a half-typed line, at its end and with the cursor moved', async () => {
      await type('rm -rf ');
      await refusedWith(pane, 'half_typed');
      await type('C-u');
      await type('echo hello > ');
      await refusedWith(pane, 'half_typed');
      if (shell !== 'dash') {
        await type('C-a');
        await refusedWith(pane, 'half_typed');
      }
      await type(shell === 'dash' ? 'C-u' : 'C-e', 'C-u');
      await ready();
    });

    it('at a continuation prompt', async () => {
      await type('echo "abc', 'Enter');
      // fish keeps the unfinished command on the same prompt.
      await refusedWith(pane, shell === 'fish' ? 'no_prompt' : 'continuation');
      await type('C-c');
      await ready();
    });

    it('in an interpreter and on the alternate screen', async () => {
      await type('python3 -q', 'Enter');
      await until('python', async () => (await screen(world, pane)).includes('>>>'));
      await refusedWith(pane, 'repl');
      await type('C-d');
      await ready();
      await type(`printf '\\033[?1049h'; cat`, 'Enter');
      await refusedWith(pane, 'alternate_screen');
      await type('C-c');
      await type(`printf '\\033[?1049l'`, 'Enter');
      await ready();
    });

    it('in a dead pane and one whose input is off', async () => {
      const made = await ok(host, 'create_window', { session: 'work', command: ['true'] });
      await until(
        'its end',
        async () => (await world.tmux('display-message', '-p', '-t', made.pane.id, '#{pane_dead}')) === '1',
      );
      await refusedWith(made.pane.id, 'dead');
      await world.tmux('select-pane', '-d', '-t', pane);
      await refusedWith(pane, 'input_off');
      await world.tmux('select-pane', '-e', '-t', pane);
    });
  });

  it('leaves copy mode, and reaches only its own pane when panes are synchronized', async () => {
    await world.tmux('copy-mode', '-t', pane);
    expect((await run(host, pane, 'echo out')).output).toBe('out\n');
    expect(await world.tmux('display-message', '-p', '-t', pane, '#{pane_in_mode}')).toBe('0');
    const other = await ok(host, 'split_pane', { target: pane });
    await world.tmux('set-option', '-w', '-t', pane, 'synchronize-panes', 'on');
    expect(await run(host, pane, 'echo only-here')).toMatchObject({ output: 'only-here\n', synchronized: true });
    expect(await screen(world, other.pane.id)).not.toContain('/r');
    await ok(host, 'kill_pane', { target: other.pane.id });
    await world.tmux('set-option', '-w', '-t', pane, 'synchronize-panes', 'off');
  });

  it('brings random bytes back as the filter says', async () => {
    const bytes = Buffer.from(
      Array.from({ length: 20_000 }, (_, index) => (index * 7919 + (index >> 3)) % 256).filter(
        (byte) => byte !== 0x1b && (byte >= 0x20 || byte === 0x0a) && byte < 0x7f,
      ),
    );
    const path = file(world, 'bytes', bytes);
    expect((await run(host, pane, `cat ${path}`)).output).toBe(bytes.toString('latin1'));
  });
});
