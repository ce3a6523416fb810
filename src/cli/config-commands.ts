import type { Command } from 'commander';
import { cleanOutside } from '../app/outgoing.js';
import { correlationId } from '../kernel/correlation.js';
import type { Answer } from './config/answer.js';
import { type Output, writeResult } from './render.js';
import type { ConfigSources } from '../config/load.js';

export interface ConfigCommandOptions {
  readonly output: Output;
  /** The config keys that this command line sets. */
  readonly flags: () => Readonly<Record<string, string>>;
  readonly cwd: () => string;
}

async function write(output: Output, work: () => Promise<Answer>): Promise<void> {
  const started = performance.now();
  // What the user has set may be a secret: the address of a webhook, a variable of a provider.
  const { data, view } = cleanOutside(await work());
  const durationMs = Math.round((performance.now() - started) * 1000) / 1000;
  writeResult(output, { ok: true, data, view, meta: { correlationId: correlationId(), durationMs } });
}

/** Commands about the config itself. They open no app, so that they also work when the config is refused. */
export function addConfigCommands(program: Command, { output, flags, cwd }: ConfigCommandOptions): void {
  const sources = (): ConfigSources => ({ env: process.env, flags: flags(), cwd: cwd() });
  const answer = (work: () => Promise<Answer>): Promise<void> => write(output, work);
  const config = program.command('config').description('settings: show, check, write, trust');

  config
    .command('show')
    .description('Shows the values that hold.')
    .argument('[key]', 'a key, or a block such as security.budget')
    .option('--origin', 'tell where each value comes from')
    .action((key: string | undefined, options: { origin?: boolean }) =>
      answer(async () => {
        const { showConfig } = await import('./config/show.js');
        return showConfig(sources(), key, options.origin === true);
      }),
    );
  config
    .command('validate')
    .description('Checks the settings that hold here, or one file by itself.')
    .argument('[file]', 'a config file')
    .action((file: string | undefined) =>
      answer(async () => {
        const { validate } = await import('./config/files.js');
        return validate(sources(), file);
      }),
    );
  config
    .command('path')
    .description('Shows which config files are looked at, and what became of them.')
    .action(() =>
      answer(async () => {
        const { listFiles } = await import('./config/files.js');
        return listFiles(sources());
      }),
    );
  config
    .command('init')
    .description('Writes a config file to start from: every key with its meaning, commented out.')
    .option('--user', "the user's own file instead of the project's")
    .option('--force', 'replace a file that is there')
    .action((options: { user?: boolean; force?: boolean }) =>
      answer(async () => {
        const { initConfig } = await import('./config/init.js');
        if (options.user === true) {
          const { requireOperator } = await import('../app/identity/bound-sources.js');
          await requireOperator(sources(), "The user's file is the operator's.");
        }
        return initConfig(sources(), { user: options.user === true, force: options.force === true });
      }),
    );
  config
    .command('trust')
    .description('Trusts the project file as it is now, so that it may loosen settings too. Asks at a terminal.')
    .option('--revoke', 'take the trust back')
    .action((options: { revoke?: boolean }) =>
      answer(async () => {
        const { revokeTrust, trustProject } = await import('./config/trust.js');
        return options.revoke === true ? revokeTrust(sources()) : trustProject(sources());
      }),
    );
}
