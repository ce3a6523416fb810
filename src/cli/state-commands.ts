import type { Command } from 'commander';
import type { StateTools } from '../app/state-tools.js';
import { workingFolder } from '../exec/working-folder.js';
import { answerWith, type Result } from './answering.js';
import type { CommandOptions } from './command-options.js';

const RESTORE_HELP = `
Programs that run go on and see the restored rows at once. Trust, lockdown, limits and the audit log are not set back:
revocations and containments of the snapshot hold beside those of now. Agents stay as they are;
those that are missing come back, and nothing starts them by itself.`;

/** `state`: for the operator. Nothing of it is an operation, so no host can copy or set back the state. */
export function addStateCommands(program: Command, { output, sources }: Omit<CommandOptions, 'exit'>): void {
  const state = program.command('state').description('what is kept: snapshots, backup, restore');
  const given = (): ReturnType<typeof sources> => sources(program.opts());
  const isYes = (): boolean => program.opts<{ yes?: boolean }>().yes === true;
  state.hook('preAction', async () => {
    const { requireOperator } = await import('../app/identity/bound-sources.js');
    await requireOperator(given(), 'The state is for the operator.');
  });
  const open = async (): Promise<StateTools> => {
    const { openStateTools } = await import('../app/state-tools.js');
    return openStateTools(given(), output.err);
  };
  const answer = (work: (tools: StateTools) => Promise<Result>): Promise<void> => answerWith(output, open, work);

  state
    .command('list')
    .description('Lists the snapshots that can be restored, and damaged databases that were set aside.')
    .action(() =>
      answer(async (tools) => {
        const { listState } = await import('./state/list.js');
        return listState(tools);
      }),
    );
  state
    .command('backup')
    .description('Makes a snapshot of everything now, or copies it into a folder.')
    .argument('[folder]', 'where the copies go: user.db, and state-<server>.db of each tmux server')
    .action((folder: string | undefined) =>
      answer(async (tools) => {
        const { backup } = await import('./state/backup.js');
        return backup(tools, workingFolder(), folder, isYes());
      }),
    );
  state
    .command('restore')
    .description('Brings back what a snapshot or a backup has. Shows first what it would change, and asks.')
    .argument('<snapshot>', 'a name of state list, a file, or the folder of a backup')
    .addHelpText('after', RESTORE_HELP)
    .action((name: string) =>
      answer(async (tools) => {
        const { restore } = await import('./state/restore.js');
        return restore(tools, { cwd: workingFolder(), name, isYes: isYes() });
      }),
    );
}
