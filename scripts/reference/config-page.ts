import { configLeaves, type Leaf } from '../../src/config/leaves.js';
import { PROFILE_CHANGES } from '../../src/config/profiles.js';
import { code, codes, page, plain, table, value } from './markdown.js';
import { boundsOf, schemaOf, typeOf } from './schema-text.js';

const INTRO = `Every setting. A variable is \`TMUX_ORC_\` and the path in upper case, with \`_\` for \`.\`; the flag is
\`--set path=value\`. Flags win over variables. In both, a list is written with commas, an object as JSON, \`null\` as
\`null\` or nothing.

A profile is a set of defaults: what you set yourself wins over it. The column Profiles has the defaults that differ;
\`standard\` is the column Default.

Settings of parts that are not built yet are accepted and have no effect; the [README](../../README.md#settings) says
which have one today.`;

function changed(profile: keyof typeof PROFILE_CHANGES, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((block, key) => (block as Record<string, unknown> | undefined)?.[key], PROFILE_CHANGES[profile]);
}

function profiles(path: string): string {
  return (Object.keys(PROFILE_CHANGES) as (keyof typeof PROFILE_CHANGES)[])
    .map((profile) => ({ profile, given: changed(profile, path) }))
    .filter(({ given }) => given !== undefined)
    .map(({ profile, given }) => `${profile} ${value(given)}`)
    .join(', ');
}

function row(leaf: Leaf, shortNames: ReadonlyMap<string, string>): string[] {
  const schema = schemaOf(leaf.schema, 'input');
  const short = [...shortNames].filter(([, path]) => path === leaf.path);
  return [
    code(leaf.path),
    typeOf(schema),
    value(leaf.schema.parse(undefined)),
    profiles(leaf.path),
    boundsOf(schema),
    codes([leaf.env, ...short.map(([name]) => name)]),
    plain(leaf.description),
  ];
}

const COLUMNS = ['Path', 'Type', 'Default', 'Profiles', 'Bounds', 'Variable', 'Description'];

/**
 * @param shortNames variables beside the systematic ones, with the setting of each.
 * @param guide the page that says where settings come from, when there is one.
 */
export function configPage(shortNames: ReadonlyMap<string, string>, guide: string | undefined): string {
  const blocks = new Map<string, Leaf[]>();
  for (const leaf of configLeaves()) {
    const block = leaf.path.split('.').slice(0, -1).join('.');
    blocks.set(block, [...(blocks.get(block) ?? []), leaf]);
  }
  return page(
    'Settings',
    INTRO,
    guide === undefined ? '' : `[Where settings come from, and which wins](${guide}).`,
    ...[...blocks].flatMap(([block, leaves]) => [
      `## ${block === '' ? 'Top level' : block}`,
      table(
        COLUMNS,
        leaves.map((leaf) => row(leaf, shortNames)),
      ),
    ]),
  );
}
