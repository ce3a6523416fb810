import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type LogLine = Record<string, unknown> & { readonly message: string };

/** Every line of the log in a state folder, oldest first; each has to be whole. */
export function logLines(root: string): LogLine[] {
  const folder = join(root, 'log');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LogLine);
}
