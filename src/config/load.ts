import type { FileLayer } from './file-layer.js';
import { configLeaves, type Leaf } from './leaves.js';
import { chosenProfile, conflicts, merge, type Merged, rivalProblems } from './merge.js';
import { findPlaces, lookAt, type Place, realPath } from './places.js';
import { configInvalid, type Problem } from './problem.js';
import { providerProblems } from './provider-problems.js';
import { tighteningSettings } from './project-settings.js';
import { configSchema } from './schema.js';
import { environmentSettings, flagSettings } from './text-settings.js';
import { openTrust } from './trust.js';
import type { Setting } from './values.js';

export interface ConfigSources {
  readonly env: NodeJS.ProcessEnv;
  /** Values given on the command line, by dotted path, as text. */
  readonly flags: Readonly<Record<string, string>>;
  /** Where the search for the project file begins. */
  readonly cwd: string;
  /** Environment and flags come from a program in a managed pane: they can only tighten. */
  readonly bound?: boolean;
}

/** What became of one config file. */
export interface FileReport {
  readonly kind: 'user' | 'project';
  readonly path: string;
  readonly label: string;
  readonly exists: boolean;
  /** Undefined for the user's own file, which needs no trust, and for one that is not there. */
  readonly trusted: boolean | undefined;
  readonly sha256: string | undefined;
  /** What it sets, whether that counts or not. */
  readonly settings: readonly Setting[];
}

export interface LoadedConfig extends Merged {
  readonly warnings: readonly string[];
  readonly files: readonly FileReport[];
}

/** A config that was put together as far as it goes: what has a problem is left out of it. */
export interface ResolvedConfig extends LoadedConfig {
  readonly problems: readonly Problem[];
}

const EMPTY: FileLayer = { settings: [], problems: [], sha256: undefined };

interface Read extends FileLayer {
  readonly place: Place;
  readonly exists: boolean;
}

async function read(place: Place, leaves: readonly Leaf[]): Promise<Read> {
  if (lookAt(place.path) === undefined) return { place, exists: false, ...EMPTY };
  // The YAML reader is loaded only where there is something to read.
  const { readFileLayer } = await import('./file-layer.js');
  return { place, exists: true, ...readFileLayer(place, leaves) };
}

/** The settings of a project file that count, and why others do not. */
function countingSettings(
  project: Read,
  leaves: readonly Leaf[],
  user: readonly Setting[],
  above: readonly Setting[],
): { readonly settings: readonly Setting[]; readonly problems: readonly Problem[] } {
  const defaults = configSchema.parse({});
  const isProfile = ({ leaf }: Setting): boolean => leaf.path === 'profile';
  // A profile is a set of defaults, so the one that holds in the end is below everything else of the file.
  const profiles = tighteningSettings(
    project.settings.filter(isProfile),
    merge(leaves, chosenProfile(user), user).config,
    defaults,
  );
  const chosen = chosenProfile([...user, ...profiles.settings, ...above]);
  const others = tighteningSettings(
    project.settings.filter((setting) => !isProfile(setting)),
    merge(leaves, chosen, user).config,
    defaults,
  );
  const problems = [...profiles.problems, ...others.problems];
  return { settings: problems.length === 0 ? [...profiles.settings, ...others.settings] : [], problems };
}

const MAX_TOLD = 5;

/** Which server is asked, and what is logged, is no matter of rights. */
const FREE = /^(?:tmux\.socket_(?:name|path)|log\..*)$/;

/** The settings of a program in a managed pane that count: what is no tighter than the files is told and left out. */
function boundSettings(
  given: readonly Setting[],
  leaves: readonly Leaf[],
  files: readonly Setting[],
): { readonly settings: readonly Setting[]; readonly warnings: readonly string[] } {
  const free = given.filter(({ leaf }) => FREE.test(leaf.path));
  const others = given.filter(({ leaf }) => !FREE.test(leaf.path));
  const below = merge(leaves, chosenProfile(files), files).config;
  const { settings, problems } = tighteningSettings(others, below, configSchema.parse({}));
  const keys = problems.map(({ key }) => key);
  const more = keys.length > MAX_TOLD ? ` and ${String(keys.length - MAX_TOLD)} more` : '';
  const told = `In a managed pane environment and flags only tighten; not followed: ${keys.slice(0, MAX_TOLD).join(', ')}${more}.`;
  const warnings = keys.length === 0 ? [] : [told];
  return { settings: [...free, ...settings], warnings };
}

function report({ place, exists, sha256, settings }: Read, trusted: boolean | undefined): FileReport {
  return { ...place, exists, trusted, sha256, settings };
}

/**
 * Puts the config together from its layers, later wins: defaults, profile, user file, project file, environment, flags.
 * Never throws for what stands in them.
 */
export async function resolveConfig(sources: ConfigSources): Promise<ResolvedConfig> {
  const leaves = configLeaves();
  const places = findPlaces(sources.cwd, sources.env);
  const environment = environmentSettings(leaves, sources.env);
  const flags = flagSettings(leaves, sources.flags);
  const bound = sources.bound === true;
  const given = [...environment.settings, ...flags.settings];
  let above: readonly Setting[] = bound ? [] : given;
  const user = await read(places.user, leaves);
  const files = [report(user, undefined)];
  const warnings = [...places.warnings, ...environment.warnings];
  const problems = [...user.problems];
  let counting: readonly Setting[] = [];
  if (places.project !== undefined) {
    const trust = openTrust(sources.env);
    if (trust.warning !== undefined) warnings.push(trust.warning);
    const project = await read(places.project, leaves);
    const trusted = project.sha256 !== undefined && trust.trusts(realPath(project.place.path), project.sha256);
    if (!trusted && trust.knows(realPath(project.place.path)))
      warnings.push(`${project.place.label} has changed since it was trusted: it can only tighten again.`);
    const judged = trusted ? EMPTY : countingSettings(project, leaves, user.settings, above);
    files.push(report(project, project.exists ? trusted : undefined));
    problems.push(...project.problems, ...judged.problems);
    counting = trusted ? project.settings : judged.settings;
  }
  if (bound) {
    const counted = boundSettings(given, leaves, [...user.settings, ...counting]);
    above = counted.settings;
    warnings.push(...counted.warnings);
  }
  for (const layer of [environment, flags]) problems.push(...layer.problems, ...rivalProblems(layer.settings));
  const settings = [...user.settings, ...counting, ...above];
  const merged = merge(leaves, chosenProfile(settings), settings);
  problems.push(...conflicts(merged.config, settings), ...(await providerProblems(merged.config, settings)));
  return { ...merged, warnings, files, problems };
}

/**
 * The config as it holds.
 * @throws OrcError CONFIG_INVALID naming the file, the key and what was expected; never the value.
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const resolved = await resolveConfig(sources);
  if (resolved.problems.length > 0) throw configInvalid(resolved.problems);
  return resolved;
}
