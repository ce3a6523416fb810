// What the demo says beside the live part.
import { relative } from 'node:path';
import process from 'node:process';
import { BIN, commandLine, folderOf, PLAIN_PATH, ROOT, toPath } from './place.mjs';
import { SESSION } from './team.mjs';

/** @typedef {import('./place.mjs').Place} Place */

/** Inside tmux, tmux refuses to attach unless its variable is empty. */
const attach = (place) => `${process.env.TMUX ? 'TMUX= ' : ''}${commandLine(['tmux', '-S', place.socket, 'attach', '-t', SESSION])}`; // prettier-ignore

/** @param {string[]} tools @param {number} ms */
export function server(tools, ms) {
  return [
    `node ${relative(ROOT, BIN)} serve`,
    `Ready after ${Math.round(ms)} ms with ${tools.length} tools. tmux runs on a private socket:`,
    'your own sessions are not touched.',
  ];
}

/** @param {import('./tasks.mjs').Agent[]} agents @param {string} provider @param {Place} place */
export function agents(agents, provider, place) {
  return [
    ...agents.map(({ name, pane, state }) => `${pane.padEnd(4)} ${name.padEnd(8)} ${provider}, ${state}`),
    '',
    'To watch them, in another terminal (leave with Ctrl-b d):',
    attach(place),
  ];
}

/** @param {Place} place @param {string[]} argv */
export function cliCommand(place, argv) {
  return [
    `$ ${commandLine(['node', relative(ROOT, BIN), ...argv])} \\`,
    `    ${commandLine(['--socket-path', place.socket])}`,
  ];
}

export function cliExamples() {
  const bin = `node ${relative(ROOT, BIN)}`;
  return [
    'On your own tmux server, without --socket-path:',
    `${bin} agent spawn helper --provider claude`,
    `${bin} agent send helper "What does this repository do?"`,
    `${bin} agent wait helper`,
    `${bin} agent read helper`,
    `${bin} agent kill helper`,
  ];
}

/** @param {Place} place */
export function kept(place) {
  return [
    'Attach (leave with Ctrl-b d):',
    attach(place),
    'Remove it with its tmux server and folder:',
    commandLine(['tmux', '-S', place.socket, 'kill-server']),
    commandLine(['rm', '-r', place.folder]),
  ];
}

/** @param {import('./tasks.mjs').Agent[]} agents @param {{ends: string[], programs: number}} result */
export function ended(agents, { ends, programs }) {
  return [
    ...agents.map(({ name }, index) => `${name.padEnd(8)} ended by ${ends[index].replace('_', ' ')}`),
    `Left: no agents, no sessions, none of their ${programs} programs.`,
  ];
}

export function cleanedUp() {
  return [
    `The session "${SESSION}", its tmux server and its folder are gone.`,
    'To keep them and attach: npm run demo -- --keep',
  ];
}

/** @param {string} root */
export function hostConfig(root) {
  const tmux = folderOf('tmux');
  const path = tmux === undefined || PLAIN_PATH.includes(tmux) ? {} : { env: { PATH: toPath([tmux, ...PLAIN_PATH]) } };
  const entry = { command: process.execPath, args: [BIN, 'serve'], ...path };
  const block = JSON.stringify({ mcpServers: { 'tmux-orc': entry } }, undefined, 2);
  return [
    'Claude Desktop and most hosts: merge this into the JSON of their settings.',
    ...block.split('\n'),
    '',
    'Claude Code:',
    commandLine(['claude', 'mcp', 'add', 'tmux-orc', '--', process.execPath, BIN, 'serve']),
    '',
    `More: ${relative(process.cwd(), root) || '.'}/README.md`,
  ];
}
