import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Host } from './program.js';
import { until, type World } from './world.js';

export const SHELLS = ['bash', 'dash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Starts each shell as a user's own would be, with a short prompt. */
const ARGV: Record<Shell, string[]> = {
  bash: ['env', 'PS1=\\w \\$ ', 'bash', '--norc', '-i'],
  dash: ['env', 'PS1=$ ', 'ENV=', 'dash', '-i'],
  zsh: ['env', 'PS1=%~ %# ', 'zsh', '-f', '-i'],
  fish: ['fish', '--no-config'],
};

export type Data = any;

/** Calls a tool and expects success. */
export async function ok(host: Host, tool: string, args: Record<string, unknown> = {}): Promise<Data> {
  const result = await host.call(tool, args);
  if (result.isError === true) throw new Error(`${tool}: ${JSON.stringify(result.structuredContent)}`);
  return result.structuredContent;
}

/** Calls a tool and expects this error code. */
export async function refused(host: Host, tool: string, args: Record<string, unknown>): Promise<Data> {
  const result = await host.call(tool, args);
  if (result.isError !== true) throw new Error(`${tool} succeeded: ${JSON.stringify(result.structuredContent)}`);
  return result.structuredContent.error;
}

/** A session with one pane in which the shell shows its prompt. */
export async function shellPane(
  host: Host,
  world: World,
  shell: Shell,
  name: string,
  size: { width?: number; height?: number } = {},
): Promise<string> {
  const made = await ok(host, 'create_session', { name, command: ARGV[shell], ...size });
  const pane = made.pane.id as string;
  await until(`the prompt of ${shell}`, async () =>
    /[$%#>] ?$/.test(await world.tmux('capture-pane', '-p', '-t', pane).then((text) => text.trimEnd())),
  );
  return pane;
}

/** Runs a command and expects it to be over. */
export async function run(host: Host, pane: string, command: string, timeout = 30): Promise<Data> {
  return ok(host, 'run_command', { target: pane, command, timeout_seconds: timeout });
}

/** A file in the world's folder. */
export function file(world: World, name: string, content: string | Uint8Array): string {
  const path = join(world.folder, name);
  writeFileSync(path, content);
  return path;
}

/** What the pane shows, as it is. */
export function screen(world: World, pane: string): Promise<string> {
  return world.tmux('capture-pane', '-p', '-t', pane);
}
