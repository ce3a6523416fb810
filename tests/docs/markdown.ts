import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** A fenced block. */
export interface Block {
  /** File and line, for messages. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

export interface Document {
  readonly path: string;
  readonly blocks: readonly Block[];
  /** Anchors of its headings. */
  readonly anchors: ReadonlySet<string>;
  /** Targets of its links, as written. */
  readonly links: readonly string[];
}

/** What GitHub makes of a heading. */
function slug(heading: string): string {
  const text = heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/\\(.)/g, '$1')
    .trim();
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsOf(prose: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} +(.+?)(?: +#+)?$/gm)) {
    const base = slug(heading);
    let name = base;
    for (let n = 1; anchors.has(name); n++) name = `${base}-${String(n)}`;
    anchors.add(name);
  }
  for (const [, name = ''] of prose.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(name);
  return anchors;
}

function linksOf(prose: string): string[] {
  // What stands in a code span is no link.
  const text = prose.replaceAll(/(`+)(?!`)[^]*?[^`]\1(?!`)/g, '');
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g)];
  const defined = [...text.matchAll(/^ {0,3}\[[^\]]+\]: +<?(\S+?)>?(?:\s|$)/gm)];
  return [...inline, ...defined].map(([, target = '']) => target);
}

export function parseMarkdown(path: string, text: string): Document {
  const blocks: Block[] = [];
  const prose: string[] = [];
  let open: { fence: string; indent: number; place: string; language: string; lines: string[] } | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    const [, spaces = '', fence = '', language = ''] = /^( *)(`{3,}|~{3,})\s*([^\s`]*)/.exec(line) ?? [];
    if (open === undefined) {
      if (fence === '') prose.push(line);
      else open = { fence, indent: spaces.length, place: `${path}:${String(index + 1)}`, language, lines: [] };
    } else if (fence.startsWith(open.fence) && line.trim() === fence) {
      blocks.push({ place: open.place, language: open.language, text: open.lines.join('\n') });
      open = undefined;
    } else open.lines.push(line.replace(new RegExp(`^ {0,${String(open.indent)}}`), ''));
  }
  if (open !== undefined) throw new Error(`${open.place}: a block without an end`);
  return { path, blocks, anchors: anchorsOf(prose.join('\n')), links: linksOf(prose.join('\n')) };
}

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'fixtures']);

function markdownFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name.startsWith('.') || SKIPPED.has(entry.name) ? [] : markdownFiles(path);
      return entry.name.endsWith('.md') ? [path] : [];
    })
    .sort();
}

/** Every Markdown file of the repository. */
export const documents = (): Document[] =>
  markdownFiles('').map((path) => parseMarkdown(path, readFileSync(join(ROOT, path), 'utf8')));
