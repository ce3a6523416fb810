// Stamps: small files that record for which inputs a step was done last.
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';

/**
 * fresh: nothing to do. restamp: only the stamp is out of date. stale: do the step.
 *
 * @typedef {'fresh' | 'restamp' | 'stale'} Freshness
 */

/**
 * @param {string} file
 * @returns {string | undefined} undefined when there is no such file
 */
export function readOptional(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * A stamp that cannot be written only costs time in the next run, so that is no error.
 *
 * @param {string} file
 * @param {string} text
 */
export function writeStamp(file, text) {
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch {
    rmSync(draft, { force: true });
  }
}
