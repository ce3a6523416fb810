import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { environmentEntries } from '../../../../src/security/text/environment.js';

const failure = (env: Record<string, string>, what?: string): unknown => {
  try {
    return environmentEntries(env, what);
  } catch (error) {
    return error;
  }
};

describe('environmentEntries', () => {
  it('keeps names, values and their order', () => {
    const env = { B: '', a_1: 'x y;"\'$HOME`id`#{pid}\n\té日本\x1b', _: '=', GIT_AUTHOR_NAME: 'x', Path_x: 'y' };
    expect(environmentEntries(env)).toEqual(Object.entries(env));
    expect(environmentEntries({})).toEqual([]);
  });

  it.each(['', '1A', 'A B', 'A=B', 'A-B', 'A.B', 'é', 'A\n', 'A\0', '-e', '#{pid}', 'A;', 'x'.repeat(65), 'BAD KEY'])(
    'refuses the name %j',
    (name) => {
      expect(failure({ OK: '1', [name]: 'SECRET' })).toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringMatching(/is not a variable name\.$/),
      });
    },
  );

  it.each([
    ...['LD_PRELOAD', 'LD_LIBRARY_PATH', 'DYLD_INSERT_LIBRARIES', 'TMUX', 'TMUX_PANE', 'TMUX_ORC_PROFILE', 'NODE_OPTIONS', 'BASH_ENV', 'ENV'],
    ...['PROMPT_COMMAND', 'PATH', 'PERL5OPT', 'PYTHONSTARTUP', 'GIT_SSH_COMMAND', 'ORC_JOB', 'PYTHONPATH', 'IFS', 'BASH_FUNC_x', 'RUBYLIB', 'NODE_PATH', 'JAVA_TOOL_OPTIONS', 'GIT_CONFIG_COUNT', 'path', 'ld_preload', 'Node_Options', 'tmux'],
  ])('does not set %s', (name) => {
    const error = failure({ [name]: 'SECRET' });
    expect(error).toMatchObject({ code: 'INVALID_INPUT', message: `env: ${name} may not be set for a pane.` });
    expect(JSON.stringify(Object.values(error as object))).not.toContain('SECRET');
  }); // prettier-ignore

  it.each([
    'GIT_PAGER',
    'EDITOR',
    'LANG',
    'GIT_CONFIGURED',
    'LD',
    'ENVIRONMENT',
    'MY_PATH',
    'PATHS',
    'XTMUX',
    'ORC',
    'HOME',
    '__proto__',
  ])('sets %s', (name) => {
    expect(environmentEntries(Object.fromEntries([[name, '1']]))).toEqual([[name, '1']]);
  });

  it('refuses values that no process can get, without showing them', () => {
    for (const value of ['SECRET\0', 'SECRET\ud800']) {
      const error = failure({ A: value }, 'variables');
      expect(error).toMatchObject({ code: 'INVALID_INPUT', message: 'variables: the value of A is not valid text.' });
      expect(JSON.stringify(Object.values(error as object))).not.toContain('SECRET');
    }
  });

  it('bounds values by bytes, and the number of variables', () => {
    expect(environmentEntries({ A: 'é'.repeat(16_384) })).toHaveLength(1);
    expect(failure({ A: 'é'.repeat(16_385) })).toMatchObject({
      message: 'env: the value of A is larger than 32768 bytes.',
    });
    const many = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`V${String(index)}`, '']));
    expect(environmentEntries(many(100))).toHaveLength(100);
    const large = (count: number): Record<string, string> =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`V${String(index)}`, 'x'.repeat(32_700)]));
    expect(environmentEntries(large(16))).toHaveLength(16);
    expect(failure(large(17))).toMatchObject({ code: 'INVALID_INPUT', message: 'env: more than 524288 bytes in all.' });
    expect(failure(many(101))).toMatchObject({ code: 'INVALID_INPUT', message: 'env: 101 variables, at most 100.' });
  });

  it('shows names in safe characters only', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (name) => {
        const result = failure({ [name]: '' });
        if (result instanceof Error) expect(result.message).toMatch(/^[\x20-\x7e]{0,120}$/);
      }),
    );
  });
});
