import { describe, expect, it } from 'vitest';
import { OrcError } from '../../../../src/kernel/errors.js';
import { compose } from '../../../../src/security/ring.js';
import { knownOperation } from '../../../../src/security/outer/known-operation.js';
import { call } from '../calls.js';

const run = async (given: ReturnType<typeof call>): Promise<unknown> =>
  compose([knownOperation()], async () => 'ran')(given);

describe('knownOperation', () => {
  it('lets known ones pass', async () => {
    expect(await run(call())).toBe('ran');
  });

  it('refuses an unknown name, shown safely, with the nearest one', async () => {
    const unknown = (name: string | undefined): Promise<unknown> => run(call({ name, operation: undefined }));
    await expect(unknown('kil_pane')).rejects.toMatchObject({ code: 'UNKNOWN_TOOL', message: 'There is no tool "kil_pane". Did you mean "kill_pane"?' }); // prettier-ignore
    await expect(unknown('\x1b[31mx')).rejects.toMatchObject({ message: 'There is no tool "?[31mx".' });
    await expect(unknown('y'.repeat(10_000))).rejects.toMatchObject({
      message: `There is no tool "${'y'.repeat(64)}...".`,
    });
    await expect(unknown('__proto__')).rejects.toMatchObject({ code: 'UNKNOWN_TOOL' });
    await expect(unknown(undefined)).rejects.toMatchObject({ code: 'UNKNOWN_TOOL' });
  });

  it('suggests only what is offered here', async () => {
    const offered = ['list_sessions'];
    await expect(run(call({ name: 'kill_pane', operation: undefined, offered }))).rejects.toMatchObject({
      message: 'There is no tool "kill_pane".',
    });
  });

  it('says first what made a call unreadable', async () => {
    const malformed = new OrcError('INVALID_INPUT', 'no name');
    await expect(run(call({ malformed }))).rejects.toBe(malformed);
  });
});
