import { describe, expect, it } from 'vitest';
import { createScope } from '../../../src/kernel/scope.js';

describe('createScope', () => {
  it('closes what was opened last first, once, and goes on after an error', async () => {
    const errors: unknown[] = [];
    const closed: string[] = [];
    const scope = createScope((error) => errors.push(error));
    scope.defer(() => void closed.push('first'));
    scope.defer(async () => {
      await Promise.resolve();
      closed.push('second');
    });
    scope.defer(() => Promise.reject(new Error('cannot')));
    scope.defer(() => {
      expect(scope.signal.aborted).toBe(true);
      closed.push('last');
    });
    expect(scope.signal.aborted).toBe(false);
    await Promise.all([scope.close(), scope.close()]);
    await scope.close();
    expect(closed).toEqual(['last', 'second', 'first']);
    expect(errors).toMatchObject([{ message: 'cannot' }]);
  });

  it('closes at once what comes too late', async () => {
    const scope = createScope();
    await scope.close();
    let closed = false;
    scope.defer(() => void (closed = true));
    expect(closed).toBe(true);
  });
});
