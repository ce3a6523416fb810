import type { TmuxInspector } from '../../app/inspect-tmux.js';
import { fail, type Finding, pass, warn } from './finding.js';

/** package.json, engines; bin/tmux-orc.js refuses others before anything is loaded. */
export const NODE_RANGE = '^20.19 || ^22.13 || >=24';

export function checkNode(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24;
  const found = `${version}; supported are ${NODE_RANGE.replaceAll(' ||', ',')}`;
  return supported ? pass('node', found) : fail('node', found, 'Install a supported version of Node.');
}

/**
 * A release as a number that orders: 3.3a is 30301, 3.10 is 31000. Undefined for what is no release of tmux itself, for
 * example `master` or `openbsd-7.6`; `next-3.8` comes just before 3.8.
 */
export function tmuxRelease(version: string): number | undefined {
  const [, next, major, minor, letter] =
    /^(next-)?([0-9]{1,3})\.([0-9]{1,2})([a-z])?(?:-rc[0-9]*)?$/.exec(version) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const patch = letter === undefined ? 0 : letter.charCodeAt(0) - 0x60;
  return Number(major) * 10_000 + Number(minor) * 100 + patch - (next === undefined ? 0 : 1);
}

const MINIMUM = 30_200;
const UPGRADE = 'Upgrade to tmux 3.7 or newer when you can';
const ATTACHING = 'it can end, with all that runs in it, when something changes while a control client attaches (tmux issue 4980)'; // prettier-ignore

interface Trouble {
  readonly below: number;
  readonly says: string;
  readonly advice: string;
}

/** What is known of releases, by the release that ended it; the first that fits holds. */
const KNOWN: readonly Trouble[] = [
  {
    below: 30_400,
    says: `it can crash: CVE-2022-47016 (null dereference), pasting into a dead pane, select-layout with a bad layout; ${ATTACHING}`,
    advice: `${UPGRADE}; tmux-orc never sends what is known to crash it, but others may.`,
  },
  {
    below: 30_600,
    says: `it lacks the fix of CVE-2026-11623 (images use freed memory); ${ATTACHING}`,
    advice: `${UPGRADE}.`,
  },
  {
    below: 30_602,
    says: `it lacks the fixes of 3.6b: CVE-2026-11623 (images use freed memory) and reading past the end of a format; it can also answer every attach with %exit; ${ATTACHING}`,
    advice: `${UPGRADE}.`,
  },
  {
    below: 30_700,
    says: ATTACHING,
    advice: `${UPGRADE}; tmux-orc keeps what it does apart from its own attaching, but others may not.`,
  },
];

/** What a tmux of this version is known for; undefined when nothing is. */
export function tmuxTrouble(version: string): Trouble | undefined {
  const release = tmuxRelease(version);
  return release === undefined ? undefined : KNOWN.find(({ below }) => release < below);
}

function judge(version: string, found: string): Finding {
  const release = tmuxRelease(version);
  if (release !== undefined && release < MINIMUM)
    return fail('tmux', `${found}; tmux-orc needs 3.2`, 'Install tmux 3.2 or newer; 3.7 or newer is best.');
  const trouble = tmuxTrouble(version);
  if (trouble !== undefined) return warn('tmux', `${found}; ${trouble.says}`, trouble.advice);
  return release === undefined && version !== 'master'
    ? warn('tmux', `${found}, which is no release number`, 'Make sure that it is as new as tmux 3.2.')
    : pass('tmux', found);
}

const VERSION_MS = 3000;

export async function checkTmux(tmux: TmuxInspector | undefined): Promise<Finding> {
  if (tmux === undefined)
    return fail(
      'tmux',
      'no tmux program is on PATH',
      'Install tmux 3.2 or newer (apt-get install tmux, brew install tmux), or add its folder to PATH.',
    );
  const version = await tmux.programVersion(VERSION_MS);
  return version === undefined
    ? fail('tmux', `${tmux.binary} does not tell its version`, 'Check what this program is: tmux -V has to answer at once.') // prettier-ignore
    : judge(version, `${version}, ${tmux.binary}`);
}
