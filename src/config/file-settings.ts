import { nearest, shown } from '../kernel/text.js';
import type { Leaf } from './leaves.js';
import type { Problem } from './problem.js';
import { checkValue, type Setting } from './values.js';
import { YamlMap } from './yaml.js';

/** More than these are not told; reading stops. */
const MAX_PROBLEMS = 20;
/** Values of a file, those behind aliases counted each time. */
const MAX_NODES = 100_000;
const MAX_DEPTH = 32;

type Block = Map<string, Leaf | Block>;

function keyTree(leaves: readonly Leaf[]): { readonly root: Block; readonly paths: readonly string[] } {
  const root: Block = new Map();
  const paths: string[] = [];
  for (const leaf of leaves) {
    const keys = leaf.path.split('.');
    let block = root;
    for (const [depth, key] of keys.slice(0, -1).entries()) {
      let child = block.get(key);
      if (!(child instanceof Map)) {
        child = new Map();
        block.set(key, child);
        paths.push(keys.slice(0, depth + 1).join('.'));
      }
      block = child;
    }
    block.set(keys.at(-1) ?? '', leaf);
    paths.push(leaf.path);
  }
  return { root, paths };
}

/** Stops reading a file that is not worth more words. */
class Enough extends Error {}

class Reader {
  readonly settings: Setting[] = [];
  readonly problems: Problem[] = [];
  private nodes = 0;

  constructor(
    /** Of every block and every key. */
    private readonly paths: readonly string[],
    private readonly where: string,
    private readonly origin: string,
  ) {}

  private refuse(key: string, text: string): void {
    this.problems.push({ where: this.where, key, text });
    if (this.problems.length >= MAX_PROBLEMS) throw new Enough();
  }

  /** The entries of a map whose keys are texts that come once. */
  private *entries(map: YamlMap, path: string): Generator<readonly [string, string, unknown]> {
    const seen = new Set<string>();
    for (const [key, value] of map.entries) {
      this.count(path);
      const name = typeof key === 'string' ? (key === '' ? '""' : shown(key)) : '?';
      const full = path === '' ? name : `${path}.${name}`;
      if (typeof key !== 'string') this.refuse(full, 'expected a key that is text');
      else if (seen.has(key)) this.refuse(full, 'expected the key only once');
      else {
        seen.add(key);
        yield [key, full, value];
      }
    }
  }

  private count(path: string): void {
    if (++this.nodes <= MAX_NODES) return;
    this.refuse(path, `expected at most ${String(MAX_NODES)} values`);
    throw new Enough();
  }

  /** A value without `YamlMap`. */
  private plain(value: unknown, path: string, depth: number): unknown {
    this.count(path);
    if (depth > MAX_DEPTH) {
      // An alias to what it stands in has no end.
      this.refuse(path, `expected at most ${String(MAX_DEPTH)} levels`);
      throw new Enough();
    }
    if (Array.isArray(value))
      return value.map((item, index) => this.plain(item, `${path}.${String(index)}`, depth + 1));
    if (!(value instanceof YamlMap)) return value;
    const map: Record<string, unknown> = {};
    for (const [key, full, item] of this.entries(value, path)) {
      if (key === '__proto__') this.refuse(full, 'expected another key');
      else map[key] = this.plain(item, full, depth + 1);
    }
    return map;
  }

  private unknownKey(key: string, full: string, path: string, block: Block): void {
    if (key.includes('.')) {
      this.refuse(full, 'expected keys below keys, not dots between them');
      return;
    }
    const namesakes = this.paths.filter((known) => known === key || known.endsWith(`.${key}`));
    const sibling = nearest(key, block.keys());
    const guess =
      namesakes.length === 1 ? namesakes[0] : sibling === undefined || path === '' ? sibling : `${path}.${sibling}`;
    this.refuse(full, guess === undefined ? 'not a known key' : `not a known key. Did you mean "${guess}"?`);
  }

  read(value: unknown, path: string, block: Block): void {
    // Every key of a block may be commented out.
    if (value === null || value === undefined) return;
    if (!(value instanceof YamlMap)) {
      this.refuse(path, 'expected keys with values');
      return;
    }
    for (const [key, full, item] of this.entries(value, path)) {
      const known = block.get(key);
      if (known === undefined) this.unknownKey(key, full, path, block);
      else if (known instanceof Map) this.read(item, full, known);
      else this.setting(known, item);
    }
  }

  private setting(leaf: Leaf, item: unknown): void {
    const before = this.problems.length;
    const value = this.plain(item, leaf.path, 0);
    if (this.problems.length > before) return;
    const problem = checkValue(leaf, value, this.where, 'yaml');
    if (problem === undefined) this.settings.push({ leaf, value, origin: this.origin, where: this.where });
    else this.refuse(problem.key, problem.text);
  }
}

/**
 * The settings of a file.
 * @param value what the file holds; maps in it are `YamlMap`
 */
export function readSettings(
  value: unknown,
  leaves: readonly Leaf[],
  source: { readonly where: string; readonly origin: string },
): { readonly settings: readonly Setting[]; readonly problems: readonly Problem[] } {
  const { root, paths } = keyTree(leaves);
  const reader = new Reader(paths, source.where, source.origin);
  try {
    reader.read(value, '', root);
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return reader;
}
