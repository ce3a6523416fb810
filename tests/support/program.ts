import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client as LegacyClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as LegacyTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import type { ErrorObject } from '../../src/kernel/errors.js';
import type { World } from './world.js';

/** The built program, as a user starts it. */
export const BIN = fileURLToPath(new URL('../../bin/tmux-orc.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command line of the built program to its end. */
export function cli(
  world: World,
  argv: readonly string[],
  options: { readonly input?: string; readonly cwd?: string } = {},
): Promise<CliResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...argv], { env: world.env, cwd: options.cwd ?? world.folder });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.once('error', reject).once('close', (code) => {
      resolve({ code, stdout, stderr });
    });
    child.stdin.end(options.input ?? '');
  });
}

export type Envelope = { ok: true; data: Record<string, unknown> } | { ok: false; error: ErrorObject };

/** Runs a command line with --json and reads its one line. */
export async function cliJson(world: World, argv: readonly string[]): Promise<Envelope & { code: number | null }> {
  const result = await cli(world, ['--json', ...argv]);
  return { code: result.code, ...(JSON.parse(result.stdout) as Envelope) };
}

export interface ToolResult {
  readonly isError?: boolean | undefined;
  readonly content: { type: string; text: string }[];

  readonly structuredContent?: any;
}

/** An MCP client connected to the built program. */
export interface Host {
  readonly era: 'legacy' | 'modern';
  readonly pid: number;
  readonly listTools: () => Promise<{ name: string; [key: string]: unknown }[]>;
  readonly call: (
    name: string,
    args?: Record<string, unknown>,
    options?: { signal?: AbortSignal; timeout?: number; onprogress?: (progress: unknown) => void },
  ) => Promise<ToolResult>;
  readonly stderr: () => string;
  readonly close: () => Promise<void>;
}

/** Calls a tool that has to succeed. @returns what it gives @throws Error with its error */
export async function okOf(host: Host, name: string, args: Record<string, unknown> = {}): Promise<any> {
  const result = await host.call(name, args);
  if (result.isError === true) throw new Error(`${name}: ${JSON.stringify(result.structuredContent)}`);
  return result.structuredContent;
}

function parameters(world: World): {
  command: string;
  args: string[];
  env: Record<string, string>;
  cwd: string;
  stderr: 'pipe';
} {
  return { command: process.execPath, args: [BIN, 'serve'], env: world.env, cwd: world.folder, stderr: 'pipe' };
}

const CLIENT = { name: 'tests', version: '1.0.0' };

/** How the person behind a host answers a form. */
export type AnswerForm = (message: string) => { action: 'accept' | 'decline' | 'cancel'; content?: { allow: string } };
const FORMS = { capabilities: { elicitation: { form: {} } } };

/** The official client of SDK v1, as most hosts embed it. It lists the tools first, and so validates results. */
export async function legacyHost(world: World, answer?: AnswerForm): Promise<Host> {
  const transport = new LegacyTransport(parameters(world));
  const client = new LegacyClient(CLIENT, answer === undefined ? {} : FORMS);
  if (answer !== undefined)
    client.setRequestHandler(ElicitRequestSchema, ({ params }) => Promise.resolve(answer(params.message)));
  let stderr = '';
  transport.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await client.connect(transport);
  await client.listTools();
  return {
    era: 'legacy',
    pid: transport.pid ?? 0,
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args = {}, options = {}) =>
      (await client.callTool({ name, arguments: args }, undefined, options)) as ToolResult,
    stderr: () => stderr,
    close: () => client.close(),
  };
}

/** The official client of SDK v2 on the 2026-07-28 revision. */
export async function modernHost(world: World, answer?: AnswerForm): Promise<Host> {
  const transport = new ModernTransport(parameters(world));
  const versionNegotiation = { mode: { pin: '2026-07-28' } };
  const client = new ModernClient(CLIENT, { versionNegotiation, ...(answer === undefined ? {} : FORMS) });
  if (answer !== undefined)
    client.setRequestHandler('elicitation/create', ({ params }) => Promise.resolve(answer(params.message)));
  let stderr = '';
  transport.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  await client.connect(transport);
  await client.listTools();
  return {
    era: 'modern',
    pid: transport.pid ?? 0,
    listTools: async () => (await client.listTools()).tools,
    call: async (name, args = {}, options = {}) =>
      (await client.callTool({ name, arguments: args }, options)) as ToolResult,
    stderr: () => stderr,
    close: () => client.close(),
  };
}
