import { CORE_SCHEMA, defineMappingTag, loadAll, YAMLException } from 'js-yaml';

const MAX_ALIASES = 16;
const MAX_DEPTH = 32;

/**
 * A map as it is written: keys of any kind, also twice. Plain objects would lose both, and take `__proto__` for
 * something else than a key.
 */
export class YamlMap {
  readonly entries: (readonly [unknown, unknown])[] = [];
}

const mapTag = defineMappingTag<YamlMap>('tag:yaml.org,2002:map', {
  create: () => new YamlMap(),
  addPair: (map, key, value) => {
    map.entries.push([key, value]);
    return '';
  },
  // Keys that come twice are found by whoever reads the entries: it knows their path.
  has: () => false,
  keys: (map) => map.entries.map(([key]) => key),
  get: (map, wanted) => map.entries.find(([key]) => key === wanted)?.[1],
  identify: () => false,
});

// Nothing but texts, numbers, booleans, null, lists and maps (YAML 1.2.2, section 10.3): no dates, no merge keys, and
// no tags that make objects.
const schema = CORE_SCHEMA.withTags(mapTag);

/** What was wrong with a text, in our words: the library's own could quote it. */
export interface YamlProblem {
  readonly line?: number;
  readonly text: string;
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/maxAliases/, `expected at most ${String(MAX_ALIASES)} aliases`],
  [/maxDepth/, `expected at most ${String(MAX_DEPTH)} levels`],
  [/^unknown .* tag/, 'expected no tags'],
  [/^unidentified alias/, 'expected the anchor of an alias before it'],
];

/**
 * Reads one YAML document.
 * @returns `value`, undefined for an empty text; maps in it are `YamlMap`.
 */
export function parseYaml(text: string): { readonly value: unknown } | YamlProblem {
  // What is not UTF-8 was replaced when it was decoded.
  if (text.includes('\uFFFD')) return { text: 'expected UTF-8 text' };
  try {
    const documents = loadAll(text, { schema, maxAliases: MAX_ALIASES, maxDepth: MAX_DEPTH });
    return documents.length > 1 ? { text: 'expected one YAML document' } : { value: documents[0] };
  } catch (error) {
    if (!(error instanceof YAMLException)) return { text: 'expected valid YAML' };
    const line = error.mark?.line;
    const reason = REASONS.find(([pattern]) => pattern.test(error.reason))?.[1] ?? 'expected valid YAML';
    return { text: reason, ...(line === undefined ? {} : { line: line + 1 }) };
  }
}
