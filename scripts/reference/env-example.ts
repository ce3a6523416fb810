import { valueAt } from '../../src/config/dotted.js';
import { configLeaves, type Leaf } from '../../src/config/leaves.js';
import { configSchema } from '../../src/config/schema.js';

const HEADER = `# Every setting of tmux-orc as a variable of the environment, with its default. Copy the lines that you need into your
# shell, a unit of systemd or the config of your host, without the "# ".
#
# tmux-orc reads no .env file by itself, wherever it lies: a project could change its settings otherwise. This file is a
# list to copy from.
#
# Lists are comma-separated, maps are JSON, null is "null". A variable wins over the config files; what each setting means
# in full is told by docs/reference/config.md.
#
# Generated: npm run reference
`;

function text(leaf: Leaf, value: unknown): string {
  if (leaf.form === 'json') return `'${JSON.stringify(value)}'`;
  if (Array.isArray(value)) return value.join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `.env.example` of this repository. */
export function envExample(shortNames: ReadonlyMap<string, string>): string {
  const defaults = configSchema.parse({});
  const short = new Map([...shortNames].map(([name, path]) => [path, name]));
  const blocks = configLeaves().map((leaf) => {
    const other = short.get(leaf.path);
    const also = other === undefined ? '' : ` (also ${other})`;
    return `# ${leaf.path}: ${leaf.description}${also}\n# ${leaf.env}=${text(leaf, valueAt(defaults, leaf.path))}\n`;
  });
  return `${HEADER}\n${blocks.join('\n')}`;
}
