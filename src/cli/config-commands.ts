import type { Command } from 'commander';
import { correlationId } from '../kernel/correlation.js';
import type { Answer } from './config/answer.js';
import { listFiles, validate } from './config/files.js';
import { initConfig } from './config/init.js';
import { showConfig } from './config/show.js';
import { revokeTrust, trustProject } from './config/trust.js';
import { type Output, writeResult } from './render.js';
import type { ConfigSources } from '../config/load.js';

export interface ConfigCommandOptions {
  readonly output: Output;
  /** The config keys that this command line sets. */
  readonly flags: () => Readonly<Record<string, string>>;
  readonly cwd: () => string;
}

/** Commands about the config itself. They open no app, so that they also work when the config is refused. */
export function addConfigCommands(program: Command, { output, flags, cwd }: ConfigCommandOptions): void {
  const sources = (): ConfigSources => ({ env: process.env, flags: flags(), cwd: cwd() });
  const answer = async (work: Promise<Answer>, started = performance.now()): Promise<void> => {
    const { data, view } = await work;
    const meta = {
      correlationId: correlationId(),
      durationMs: Math.round((performance.now() - started) * 1000) / 1000,
    };
    writeResult(output, { ok: true, data, view, meta });
  };
  const config = program.command('config').description('settings: show, check, write, trust');

  config
    .command('show')
    .description('Shows the values that hold.')
    .argument('[key]', 'a key, or a block such as security.budget')
    .option('--origin', 'tell where each value comes from')
    .action((key: string | undefined, options: { origin?: boolean }) =>
      answer(showConfig(sources(), key, options.origin === true)),
    );
  config
    .command('validate')
    .description('Checks the settings that hold here, or one file by itself.')
    .argument('[file]', 'a config file')
    .action((file: string | undefined) => answer(validate(sources(), file)));
  config
    .command('path')
    .description('Shows which config files are looked at, and what became of them.')
    .action(() => answer(listFiles(sources())));
  config
    .command('init')
    .description('Writes a config file to start from: every key with its meaning, commented out.')
    .option('--user', "the user's own file instead of the project's")
    .option('--force', 'replace a file that is there')
    .action((options: { user?: boolean; force?: boolean }) =>
      answer(initConfig(sources(), { user: options.user === true, force: options.force === true })),
    );
  config
    .command('trust')
    .description('Trusts the project file as it is now, so that it may loosen settings too. Asks at a terminal.')
    .option('--revoke', 'take the trust back')
    .action((options: { revoke?: boolean }) =>
      answer(options.revoke === true ? revokeTrust(sources()) : trustProject(sources())),
    );
}
