// What to install and how. Nothing here touches the machine.

/** @typedef {{major: number, minor: number}} TmuxVersion */
/** @typedef {'apt-get' | 'dnf' | 'pacman' | 'apk' | 'brew'} Manager */

export const TMUX_MINIMUM = { major: 3, minor: 2 };

/** @type {[Manager, string[]][]} */
const BY_DISTRIBUTION = [
  ['apt-get', ['debian', 'ubuntu']],
  ['dnf', ['fedora', 'rhel', 'centos']],
  ['pacman', ['arch', 'manjaro']],
  ['apk', ['alpine']],
];

// The package has the program's name on all five, so far. A package that is called something
// else belongs here, as {manager: {program: package}}.
/** @type {Partial<Record<Manager, Record<string, string>>>} */
const RENAMED = {};

/**
 * The programs each purpose needs. The tests run commands in four shells.
 *
 * @param {string} purpose
 * @returns {string[]}
 */
export function neededPrograms(purpose) {
  if (purpose === 'test') return ['tmux', 'bash', 'dash', 'zsh', 'fish'];
  return purpose === 'demo' ? ['tmux'] : [];
}

/**
 * @param {string} text the content of /etc/os-release
 * @returns {Record<string, string>}
 */
export function parseOsRelease(text) {
  /** @type {Record<string, string>} */
  const fields = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*([A-Za-z0-9_]+)=(.*)$/.exec(line);
    if (!match) continue;
    const [, key = '', raw = ''] = match;
    const quoted = /^(["'])(.*)\1$/.exec(raw.trim());
    fields[key] = quoted ? (quoted[2] ?? '') : raw.trim();
  }
  return fields;
}

/**
 * @param {string} text what `tmux -V` prints
 * @returns {TmuxVersion | undefined} undefined for builds that carry no tmux release number, such
 *   as `tmux master` or `tmux openbsd-7.4`
 */
export function parseTmuxVersion(text) {
  const match = /^tmux\s+(?:next-)?(\d+)\.(\d+)/.exec(text.trim());
  return match ? { major: Number(match[1]), minor: Number(match[2]) } : undefined;
}

/**
 * @param {TmuxVersion | undefined} version an unknown version counts as new enough
 * @returns {boolean}
 */
export function isTmuxNewEnough(version) {
  if (version === undefined) return true;
  if (version.major !== TMUX_MINIMUM.major) return version.major > TMUX_MINIMUM.major;
  return version.minor >= TMUX_MINIMUM.minor;
}

/**
 * @param {object} system
 * @param {string} system.platform
 * @param {Record<string, string>} system.osRelease
 * @param {(program: string) => boolean} system.has
 * @returns {Manager | undefined}
 */
export function choosePackageManager({ platform, osRelease, has }) {
  if (platform === 'darwin') return has('brew') ? 'brew' : undefined;
  if (platform !== 'linux') return undefined;
  // ID_LIKE is ordered from the closest relative on, so the first one that is known wins.
  const names = `${osRelease['ID'] ?? ''} ${osRelease['ID_LIKE'] ?? ''}`.toLowerCase().split(/\s+/);
  for (const name of names) {
    const entry = BY_DISTRIBUTION.find(([, distributions]) => distributions.includes(name));
    if (entry && has(entry[0])) return entry[0];
  }
  return undefined;
}

/**
 * @param {Manager} manager
 * @param {string[]} programs
 * @returns {string[]}
 */
function installArgv(manager, programs) {
  const packages = programs.map((program) => RENAMED[manager]?.[program] ?? program);
  switch (manager) {
    case 'apt-get':
      return ['apt-get', 'install', '-y', '--no-install-recommends', ...packages];
    case 'dnf':
      return ['dnf', 'install', '-y', ...packages];
    case 'pacman':
      return ['pacman', '-Sy', '--noconfirm', '--needed', ...packages];
    case 'apk':
      return ['apk', 'add', ...packages];
    case 'brew':
      return ['brew', 'install', ...packages];
  }
}

/**
 * The commands to run, in order. The last one installs; those before it only prepare.
 *
 * @param {Manager} manager
 * @param {string[]} programs
 * @param {{root: boolean, sudo: boolean}} rights sudo: whether `sudo -n` works
 * @returns {string[][]} empty when these rights do not suffice
 */
export function installCommands(manager, programs, { root, sudo }) {
  const install = installArgv(manager, programs);
  // brew refuses to run as root, and needs no rights of its own.
  if (manager === 'brew') return root ? [] : [install];
  const commands = manager === 'apt-get' ? [['apt-get', 'update'], install] : [install];
  if (root) return commands;
  if (!sudo) return [];
  return commands.map((argv) =>
    // sudo drops the environment, so the setting that keeps debconf from asking goes through env.
    argv === install && manager === 'apt-get'
      ? ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive', ...argv]
      : ['sudo', '-n', ...argv],
  );
}

/**
 * The one command a user can type to do the same.
 *
 * @param {Manager} manager
 * @param {string[]} programs
 * @param {{sudo: boolean}} system sudo: whether there is a sudo at all
 * @returns {string}
 */
export function commandForUser(manager, programs, { sudo }) {
  const argv = installArgv(manager, programs).filter((word) => word !== '--no-install-recommends');
  return (manager === 'brew' || !sudo ? argv : ['sudo', ...argv]).join(' ');
}
