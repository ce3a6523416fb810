import { parseArgs } from 'node:util';
import { BootstrapError } from './errors.mjs';

export const USAGE =
  'Usage: node scripts/bootstrap.mjs --for demo|test|build ' + '[--only system|packages|build] [--check] [--quiet]';

const PURPOSES = ['demo', 'test', 'build'];
const STEPS = ['system', 'packages', 'build'];

/**
 * @typedef {object} Options
 * @property {string} purpose
 * @property {string[]} steps
 * @property {boolean} check
 * @property {boolean} quiet
 */

/**
 * @param {string[]} argv
 * @returns {Options}
 */
export function parseOptions(argv) {
  const values = readArgs(argv);
  if (values.for === undefined || !PURPOSES.includes(values.for)) {
    throw new BootstrapError(`--for must be one of ${PURPOSES.join(', ')}.\n${USAGE}`, 2);
  }
  if (values.only !== undefined && !STEPS.includes(values.only)) {
    throw new BootstrapError(`--only must be one of ${STEPS.join(', ')}.\n${USAGE}`, 2);
  }
  return {
    purpose: values.for,
    steps: values.only === undefined ? STEPS : [values.only],
    check: values.check === true,
    quiet: values.quiet === true,
  };
}

/** @param {string[]} argv */
function readArgs(argv) {
  try {
    return parseArgs({
      args: argv,
      allowPositionals: false,
      options: {
        for: { type: 'string' },
        only: { type: 'string' },
        check: { type: 'boolean' },
        quiet: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new BootstrapError(`${reason}\n${USAGE}`, 2);
  }
}
