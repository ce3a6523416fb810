// How the demo looks: steps, and one live line per pane that is updated in place on a terminal and printed as plain
// lines elsewhere.
import { headline, passed } from './jobs.mjs';

/** @typedef {import('./jobs.mjs').Job} Job */

/**
 * @typedef {object} Screen
 * @property {(text: string) => void} title
 * @property {(text: string) => void} success
 * @property {(text: string, lines?: string[]) => void} step
 * @property {(lines: string[]) => void} lines as they are: commands and paths must stay whole
 * @property {(text: string) => void} cut lines cut to the width
 * @property {(jobs: Job[]) => void} rows
 * @property {() => void} rowsDone
 * @property {(job: Job) => void} output
 */

const SHOWN_LINES = 6;
const indented = (line) => (line === '' ? '' : `   ${line}`);
/** Between two plain lines of one pane. */
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

  const state = (job) => {
    if (job.endedAt === undefined) return ['running', dim];
    return [job.exitCode === undefined ? 'no exit' : `exit ${job.exitCode}`, passed(job) ? green : red];
  };
  const seconds = (job) => `${(((job.endedAt ?? performance.now()) - job.startedAt) / 1000).toFixed(1)} s`;

  const row = (job) => {
    const [word, paint] = state(job);
    const head = `   ${job.name.padEnd(7)} `;
    const middle = `${word.padEnd(8)}${seconds(job).padStart(7)}`;
    const note = cut(headline(job), width() - head.length - middle.length - 2);
    return `${head}${paint(middle)}  ${dim(note)}`.trimEnd();
  };

  const plainRow = (job) => {
    const [word] = state(job);
    const text = `${word} ${headline(job)}`;
    const last = printed.get(job.name);
    const due = last === undefined || job.endedAt !== undefined || performance.now() - last.at >= PLAIN_MS;
    if (last?.text === text || !due) return [];
    printed.set(job.name, { text, at: performance.now() });
    return [row(job)];
  };

  return {
    title: (text) => write([...(step === 0 ? [] : ['']), bold(cut(text, width()))]),
    success: (text) => write(['', bold(green(text))]),
    step: (text, lines = []) => write(['', bold(cut(`${++step}. ${text}`, width())), ...lines.map(indented)]), // prettier-ignore
    lines: (lines) => write(['', ...lines.map(indented)]),
    cut: (text) => write(text.trimEnd().split('\n').map((line) => dim(cut(`   ${line}`, width())))), // prettier-ignore
    rows: (jobs) => {
      if (!terminal) {
        write(jobs.flatMap(plainRow));
        return;
      }
      const up = above === 0 ? '' : `\x1b[${above}A`;
      stream.write(up + jobs.map((job) => `\r\x1b[2K${row(job)}\n`).join(''));
      above = jobs.length;
    },
    rowsDone: () => {
      above = 0;
    },
    output: (job) => {
      const [word, paint] = state(job);
      const shown = job.output.slice(-SHOWN_LINES).map((line) => dim(cut(`     ${line}`, width())));
      write([
        `   ${job.pane} ${job.name}: ${paint(word)}`,
        ...(shown.length === 0 ? [dim('     (no output)')] : shown),
      ]);
    },
  };
}
