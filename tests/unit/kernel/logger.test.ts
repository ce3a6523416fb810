import { describe, expect, it } from 'vitest';
import {
  createLogger,
  jsonLines,
  type Logger,
  type LogLevel,
  type LogSink,
  shortLines,
  textLines,
} from '../../../src/kernel/logger.js';

const asItIs = (entry: unknown): unknown => entry;
type Form = (write: (line: string) => void) => LogSink;

function open(form: Form, level: () => LogLevel = () => 'debug', clean = asItIs): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  return { lines, logger: createLogger({ level, clean, sinks: [form((line) => lines.push(line))] }) };
}

describe('the log', () => {
  it('writes what is at or above the level, which may change', () => {
    let level: LogLevel = 'warn';
    const { logger, lines } = open(shortLines, () => level);
    logger.info('no');
    logger.warn('one');
    level = 'debug';
    logger.debug('two', { field: 1 });
    expect(lines).toEqual(['warn: one\n', 'debug: two\n']);
  });

  it('gives every sink what is left after cleaning', () => {
    const clean = (entry: unknown): unknown => JSON.parse(JSON.stringify(entry).replaceAll('secret', '***'));
    const { logger, lines } = open(jsonLines, undefined, clean);
    logger.error('a secret', { deep: [{ value: 'secret' }] });
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      ...{ time: expect.stringMatching(/^\d{4}-.*Z$/), level: 'error' },
      ...{ message: 'a ***', deep: [{ value: '***' }] },
    });
  });

  it('has a form to read, with the fields', () => {
    const { logger, lines } = open(textLines);
    logger.info('done', { files: 2, why: 'a "b"\nc' });
    logger.info('done');
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z info: done, files: 2, why: "a \\"b\\"\\nc"\n$/);
    expect(lines[1]).toMatch(/Z info: done\n$/);
  });
});
