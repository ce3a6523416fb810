import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Package {
  /** Absolute path. */
  readonly folder: string;
  readonly version: string;
}

/** The package above this file: the built bundle and the sources lie at different depths. */
function ownPackage(): Package {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const found = versionIn(join(folder, 'package.json'));
    const parent = dirname(folder);
    if (found !== undefined || parent === folder) return { folder, version: found ?? '0.0.0' };
    folder = parent;
  }
}

export const version = (): string => ownPackage().version;

/** Absolute path of the folder that this program was installed in. */
export const packageFolder = (): string => ownPackage().folder;

const partsOf = (text: string): number[] => text.split('.').map((part) => Number.parseInt(part, 10) || 0);

/** Compares versions by their parts as numbers. @returns negative when `one` is older */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [partsOf(one), partsOf(other)];
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function versionIn(file: string): string | undefined {
  try {
    const parsed = JSON.parse(readFileSync(file, 'utf8')) as { name?: unknown; version?: unknown };
    return parsed.name === 'tmux-orchestrator' && typeof parsed.version === 'string' ? parsed.version : undefined;
  } catch {
    return undefined;
  }
}
