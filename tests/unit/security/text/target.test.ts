import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTarget } from '../../../../src/security/text/target.js';

const path = (session: string, rest?: string): object => ({ kind: 'path', session, rest });
const invalid = (message: RegExp): object => ({ name: 'OrcError', code: 'INVALID_INPUT', message: expect.stringMatching(message), hint: expect.stringContaining('"session:window.pane"') }); // prettier-ignore
const failure = (text: string, what?: string): unknown => {
  try {
    return parseTarget(text, what);
  } catch (error) {
    return error;
  }
};

describe('parseTarget', () => {
  it.each([
    ['$1', { kind: 'session-id', id: '$1' }],
    ['@22', { kind: 'window-id', id: '@22' }],
    ['%4294967295', { kind: 'pane-id', id: '%4294967295' }],
    ['main', path('main')],
    ['my.app', path('my_app')],
    ['my.app:x.y', path('my_app', 'x.y')],
    ['main:0', path('main', '0')],
    ['main:build.1', path('main', 'build.1')],
    ['main:a:b.1', path('main', 'a:b.1')],
    ['main: ', path('main', ' ')],
    ['$01', path('$01')],
    ['%4294967296', path('%4294967296')],
    ['%1:0', path('%1', '0')],
    ['%1 ', path('%1 ')],
    ['-x', path('-x')],
    ['{last}', path('{last}')],
    ['*', path('*')],
    ['été.a b:日本', path('été.a b', '日本')],
    ['x'.repeat(256), path('x'.repeat(256))],
  ])('reads %.20s', (text, expected) => {
    expect(parseTarget(text)).toEqual(expected);
  });

  it.each([
    ['', /is empty/],
    ['x'.repeat(257), /is too long/],
    ['=main', /"=" prefix/],
    ['=', /"=" prefix/],
    [':0', /names no session/],
    [':', /names no session/],
    [':.', /names no session/],
    ['main:', /names no window/],
    ['ma\nin', /control characters/],
    ['main\n', /control characters/],
    ['main\0', /control characters/],
    ['\x1b', /control characters/],
    ['a\u0085', /control characters/],
    ['\ud800', /control characters/],
  ])('refuses %j', (text, message) => {
    expect(failure(text, 'session')).toMatchObject(invalid(new RegExp(`^session: .*${message.source}`)));
  });

  it('never fails in another way, and never shows the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (tail) => {
        const result = failure(`=SECRET${tail}`);
        expect(result).toMatchObject({ code: 'INVALID_INPUT' });
        expect((result as Error).message).not.toContain('SECRET');
        const read = failure(tail);
        expect(read).toSatisfy((value: object) => 'kind' in value || 'code' in value);
      }),
    );
  });
});
