import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Document, documents, parseMarkdown, ROOT } from './markdown.js';

/** A link that another site answers is not looked at. */
const ELSEWHERE = /^(?:[a-z][a-z0-9+.-]*:|\/\/)/i;

/** What is wrong with a link of a document, or undefined. */
function problem(all: readonly Document[], from: Document, link: string): string | undefined {
  if (ELSEWHERE.test(link)) return undefined;
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? from.path : normalize(join(dirname(from.path), decodeURIComponent(path)));
  if (file.startsWith('..')) return `${from.path}: ${link} leaves the repository`;
  const target = all.find((document) => document.path === file);
  if (target === undefined && !existsSync(join(ROOT, file))) return `${from.path}: ${link}: no such file`;
  if (anchor === undefined) return undefined;
  return target?.anchors.has(anchor) === true ? undefined : `${from.path}: ${link}: no such heading`;
}

describe('links', () => {
  const all = documents();

  it.each(all)('of $path lead somewhere', (document) => {
    expect(document.links.flatMap((link) => problem(all, document, link) ?? [])).toEqual([]);
  });

  it('that lead nowhere are found', () => {
    const page = parseMarkdown(
      'docs/page.md',
      '# A page\n\n[a](none.md) [b](#no-page) [c](../../x) [d](../README.md#none)\n\n[e]: none.md\n\n`[f](code.md)`\n',
    );
    const found = page.links.flatMap((link) => problem([...all, page], page, link) ?? []);
    expect(found).toHaveLength(5);
    const fine = parseMarkdown(
      'docs/page.md',
      '# A `page`, or 2\n\n[a](#a-page-or-2) [b](../README.md) [c](https://x/y)\n',
    );
    expect(fine.links).toHaveLength(3);
    expect(fine.links.flatMap((link) => problem([...all, fine], fine, link) ?? [])).toEqual([]);
  });
});
