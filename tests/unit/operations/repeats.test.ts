import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Operation } from '../../../src/operations/define-operation.js';
import { operations } from '../../../src/operations/index.js';

/** Names of what differs in each result though nothing has changed. */
const VOLATILE = /(?:^|_)(?:cursor|receipt|ms|at|uptime_seconds|age)$|^(?:job\.id|correlation_id)$/;
/** Of these only what is told changes them. */
const STAYS = new Set([
  'list_sessions sessions.created_at',
  'get_system_status tmux.server.started_at',
  'get_system_status outcomes.at',
  'get_security_status events.at',
  'get_security_status events.correlation_id',
  'read_inbox messages.at',
  // Its parts are named one by one: a new seq shows that something has happened.
  'send_message receipt',
]);

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

function paths({ properties = {}, items }: Schema, before: readonly string[] = []): string[] {
  const own = Object.entries(properties).flatMap(([name, schema]) => {
    const path = [...before, name];
    return [path.join('.'), ...paths(schema, path)];
  });
  return items === undefined ? own : [...own, ...paths(items, before)];
}
const pathsOf = ({ output }: Operation): string[] => paths(z.toJSONSchema(output) as Schema);

describe.each(operations.map((operation) => [operation.name, operation] as const))('%s', (name, operation) => {
  const { volatile, instead } = operation.repeats;
  const always = operation.repeats.allowed?.({}) === true && volatile.length === 0;

  it('is compared without what differs each time', () => {
    const covered = (path: string): boolean =>
      always ||
      STAYS.has(`${name} ${path}`) ||
      volatile.some((field) => path === field || path.startsWith(`${field}.`)) ||
      path === 'next_cursor';
    const last = (path: string): string => (path === 'job.id' ? path : path.slice(path.lastIndexOf('.') + 1));
    expect(pathsOf(operation).filter((path) => VOLATILE.test(last(path)) && !covered(path))).toEqual([]);
  });

  it('names only fields that it has', () => {
    expect(volatile.filter((field) => !pathsOf(operation).includes(field))).toEqual([]);
    expect(instead ?? '').toMatch(/^[ -~]*$/);
  });
});
