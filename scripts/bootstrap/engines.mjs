// The Node version check. Keep the syntax old here: this file has to load on a Node that is too
// old for the rest of the project.

/**
 * @param {string} text
 * @returns {number[] | undefined} major, minor, patch
 */
function parseVersion(text) {
  const match = /^v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?$/.exec(text.trim());
  if (!match) return undefined;
  return [Number(match[1]), Number(match[2] || 0), Number(match[3] || 0)];
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function atLeast(a, b) {
  for (let i = 0; i < 3; i += 1) {
    const difference = Number(a[i]) - Number(b[i]);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/**
 * Understands only what `engines.node` uses here: `^x.y.z` and `>=x.y.z`, joined by `||`.
 * Anything else throws, so that a new form in package.json is noticed and not misread.
 *
 * @param {string} version
 * @param {string} range
 * @returns {boolean}
 */
export function satisfiesEngines(version, range) {
  const found = parseVersion(version);
  if (!found) throw new Error('not a version: ' + version);
  let satisfied = false;
  for (const clause of range.split('||')) {
    const match = /^(\^|>=)\s*(\S+)$/.exec(clause.trim());
    const bound = match && match[2] ? parseVersion(match[2]) : undefined;
    // A caret on 0.x means something else in npm; Node has no such versions.
    if (!match || !bound || (match[1] === '^' && bound[0] === 0)) {
      throw new Error('cannot read this version range: ' + range);
    }
    if (atLeast(found, bound) && (match[1] === '>=' || found[0] === bound[0])) satisfied = true;
  }
  return satisfied;
}

/**
 * @param {string} version
 * @param {string} range
 * @returns {string} one line for the user, empty when the version is fine
 */
export function engineProblem(version, range) {
  if (satisfiesEngines(version, range)) return '';
  return 'Node ' + version + ' is not supported here: this project needs Node ' + range + '.';
}
