import { describe, expect, it } from 'vitest';
import { sessionName } from '../../src/security/text/names.js';
import { tmuxInputContract } from './tmux-input.contract.js';
import { CONTROL, FAKE, SPAWNED, type Subject } from './subject.js';
import { tmuxJobsContract } from './tmux-jobs.contract.js';
import { tmuxContract } from './tmux.contract.js';

for (const subject of [CONTROL, SPAWNED, FAKE]) {
  tmuxContract(subject);
  tmuxInputContract(subject);
  tmuxJobsContract(subject);
}

describe('the ways to tmux', () => {
  const status = async (subject: Subject): Promise<object> => {
    const { tmux, folder, close } = await subject.open();
    try {
      await tmux.createSession({ name: sessionName('s'), cwd: folder, command: ['sleep', '1000'] });
      for (let count = 0; count < 5; count++) await tmux.list();
      return tmux.status();
    } finally {
      await close();
    }
  };

  // So that the suite above tests what it says.
  it('is one control connection, or none', async () => {
    expect(await status(CONTROL)).toEqual({ mode: 'control', connected: true, connects: 1, outcomes: [] });
    expect(await status(SPAWNED)).toEqual({ mode: 'spawned', connected: false, connects: 0, outcomes: [] });
  });
});
