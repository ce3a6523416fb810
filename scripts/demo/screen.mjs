// How the demo looks: steps, and one live line per agent that is updated in place on a terminal and printed as plain
// lines elsewhere.
import { headline, passed } from './tasks.mjs';

/** @typedef {import('./tasks.mjs').Agent} Agent */

/**
 * @typedef {object} Screen
 * @property {(text: string) => void} title
 * @property {(text: string) => void} success
 * @property {(text: string, lines?: string[]) => void} step
 * @property {(lines: string[]) => void} lines as they are: commands and paths must stay whole
 * @property {(text: string) => void} cut lines cut to the width
 * @property {(agents: Agent[]) => void} rows
 * @property {() => void} rowsDone
 * @property {(agent: Agent) => void} receipt
 * @property {(agent: Agent) => void} answer
 */

const SHOWN_LINES = 6;
const NAME = 8;
const INDENT = 3 + NAME + 1;
const indented = (line) => (line === '' ? '' : `   ${line}`);
/** Between two plain lines of one agent. */
const PLAIN_MS = 1000;

/** Cuts to a width; characters that may be two cells wide count as two. */
function cut(text, width) {
  let cells = 0;
  let kept = '';
  for (const character of text.replaceAll('\t', '  ')) {
    cells += character.codePointAt(0) >= 0x1100 ? 2 : 1;
    if (cells > width) return `${kept.slice(0, -1)}~`;
    kept += character;
  }
  return kept;
}

/**
 * @param {NodeJS.WriteStream} stream
 * @param {NodeJS.ProcessEnv} env
 * @returns {Screen}
 */
export function createScreen(stream, env) {
  const terminal = stream.isTTY === true && env.TERM !== 'dumb';
  const colours = terminal && (env.NO_COLOR ?? '') === '';
  const style = (code) => (text) => (colours ? `\x1b[${code}m${text}\x1b[0m` : text);
  const [bold, dim, red, green] = [1, 2, 31, 32].map(style);
  const width = () => (terminal ? (stream.columns ?? 80) : 80) - 1;
  const write = (lines) => stream.write(lines.map((line) => `${line}\n`).join(''));
  let step = 0;
  /** Lines above the cursor that the next update replaces. */
  let above = 0;
  /** @type {Map<string, {text: string, at: number}>} */
  const printed = new Map();

  const state = (agent) => {
    const { endedAt, trouble, isCommand, exitCode, complete } = agent;
    if (endedAt === undefined) return [agent.state, dim];
    const paint = passed(agent) ? green : red;
    if (trouble !== undefined) return ['stuck', paint];
    if (!isCommand) return [complete ? 'answered' : 'reading', complete ? paint : dim];
    return [exitCode === undefined ? 'no exit' : `exit ${exitCode}`, complete ? paint : dim];
  };
  const seconds = ({ startedAt, endedAt }) => `${(((endedAt ?? performance.now()) - startedAt) / 1000).toFixed(1)} s`;

  const head = (name) => `   ${name.padEnd(NAME)} `;

  const row = (agent) => {
    const [word, paint] = state(agent);
    const middle = `${word.padEnd(9)}${seconds(agent).padStart(7)}`;
    const note = cut(headline(agent), width() - INDENT - middle.length - 2);
    return `${head(agent.name)}${paint(middle)}  ${dim(note)}`.trimEnd();
  };

  const plainRow = (agent) => {
    const [word] = state(agent);
    const text = `${word} ${headline(agent)}`;
    const last = printed.get(agent.name);
    const due = last === undefined || agent.endedAt !== undefined || performance.now() - last.at >= PLAIN_MS;
    if (last?.text === text || !due) return [];
    printed.set(agent.name, { text, at: performance.now() });
    return [row(agent)];
  };

  return {
    title: (text) => write([...(step === 0 ? [] : ['']), bold(cut(text, width()))]),
    success: (text) => write(['', bold(green(text))]),
    step: (text, lines = []) => write(['', bold(cut(`${++step}. ${text}`, width())), ...lines.map(indented)]), // prettier-ignore
    lines: (lines) => write(['', ...lines.map(indented)]),
    cut: (text) => write(text.trimEnd().split('\n').map((line) => dim(cut(`   ${line}`, width())))), // prettier-ignore
    rows: (agents) => {
      if (!terminal) {
        write(agents.flatMap(plainRow));
        return;
      }
      const up = above === 0 ? '' : `\x1b[${above}A`;
      stream.write(up + agents.map((agent) => `\r\x1b[2K${row(agent)}\n`).join(''));
      above = agents.length;
    },
    rowsDone: () => {
      above = 0;
    },
    receipt: ({ name, receipt, shown }) => {
      const { state: got, reason, evidence, seq, elapsed_ms: ms } = receipt;
      const proof = [...(reason === undefined ? [] : [reason]), ...evidence, `seq ${seq}`, `${ms} ms`].join(', ');
      const paint = got === 'submitted' ? green : dim;
      write([`${head(name)}${paint(got)} (${proof})`, dim(cut(`${' '.repeat(INDENT)}${shown}`, width()))]);
    },
    answer: (agent) => {
      const [word, paint] = state(agent);
      const lines = agent.trouble ?? agent.output.slice(-SHOWN_LINES);
      const shown = lines.filter((line) => line !== '').map((line) => dim(cut(`     ${line}`, width())));
      write([
        `   ${agent.pane} ${agent.name}: ${paint(word)}`,
        ...(shown.length === 0 ? [dim('     (no output)')] : shown),
      ]);
    },
  };
}
