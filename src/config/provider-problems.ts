import type { OwnLinePattern } from '../security/text/pattern.js';
import type { Problem } from './problem.js';
import { packsOf, type PackSettings, type ProviderSettings } from './provider-settings.js';
import type { Config } from './schema.js';
import type { Setting } from './values.js';

const KEY = 'agents.providers';
const SYNTAX =
  'expected a regular expression of at most 1000 characters, in RE2 syntax: no look-around, no back-references';

interface Written {
  readonly path: readonly (string | number)[];
  readonly pattern: string | undefined;
  /** A group that it has to have. */
  readonly group?: string;
}

const patternsOf = ({ composer, hint, prompt, placeholder, options, markers }: PackSettings): Written[] => [
  { path: ['composer', 'line'], pattern: composer.kind === 'prompt' ? undefined : composer.line },
  { path: ['composer', 'first'], pattern: composer.kind === 'prompt' ? composer.first : undefined },
  { path: ['composer', 'close'], pattern: composer.kind === 'block' ? composer.close : undefined },
  { path: ['hint'], pattern: hint },
  { path: ['prompt'], pattern: prompt },
  { path: ['placeholder'], pattern: placeholder },
  { path: ['options', 'option'], pattern: options.option, group: options.kind === 'row' ? 'options' : 'label' },
  ...markers.map(({ match }, index) => ({ path: ['markers', index, 'match'], pattern: match })),
];

/** @returns what is wrong with it, or undefined */
function wrong({ pattern, group }: Written, compile: (pattern: string) => OwnLinePattern): string | undefined {
  if (pattern === undefined) return undefined;
  try {
    const { groupNames } = compile(pattern);
    return group === undefined || groupNames.includes(group) ? undefined : `expected a group "${group}" in it`;
  } catch {
    return SYNTAX;
  }
}

async function badPatterns(providers: ProviderSettings): Promise<{ readonly key: string; readonly text: string }[]> {
  const written = Object.entries(providers).flatMap(([id, own]) =>
    packsOf(own).flatMap(({ path, pack }) =>
      patternsOf(pack).map((each) => ({ ...each, path: [KEY, id, ...path, ...each.path] })),
    ),
  );
  if (written.length === 0) return [];
  const { loadLinePatterns } = await import('../security/text/pattern.js');
  const compile = await loadLinePatterns();
  return written.flatMap((each) => {
    const text = wrong(each, compile);
    return text === undefined ? [] : [{ key: each.path.join('.'), text }];
  });
}

/** What only compiling shows: patterns of own providers that cannot be used. */
export async function providerProblems({ agents }: Config, settings: readonly Setting[]): Promise<Problem[]> {
  const where = settings.findLast(({ leaf }) => leaf.path === KEY)?.where ?? 'defaults';
  return (await badPatterns(agents.providers)).map((found) => ({ where, ...found }));
}
