import { fileURLToPath } from 'node:url';
import { sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { configLeaves } from '../../../src/config/leaves.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const CONFIG = `${ROOT}src/config/`.replaceAll(sep, '/');

/**
 * Keys, or blocks of them, that nothing reads yet because the part they belong to is still to come. Whoever builds such
 * a part takes its keys out of this list.
 */
const STILL_TO_COME = ['security.alerts.failed_auth_per_minute', 'http'];

/** Where a property is declared; the same key has the same place however the code comes by it. */
const placeOf = (node: ts.Node): string => `${node.getSourceFile().fileName}:${String(node.pos)}`;

function createProgram(): ts.Program {
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, (path) => ts.sys.readFile(path)) as { config: unknown };
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  return ts.createProgram(
    parsed.fileNames.filter((name) => name.startsWith(`${ROOT}src/`)),
    parsed.options,
  );
}

/** The declarations of every key, by path. */
function declarations(program: ts.Program, checker: ts.TypeChecker): Map<string, readonly string[]> {
  const schema = program.getSourceFile(`${CONFIG}schema.ts`)!;
  const alias = schema.statements.find(
    (node): node is ts.TypeAliasDeclaration => ts.isTypeAliasDeclaration(node) && node.name.text === 'Config',
  )!;
  const root = checker.getTypeAtLocation(alias);
  return new Map(
    configLeaves().map(({ path }) => {
      let type = root;
      let symbol: ts.Symbol | undefined;
      for (const key of path.split('.')) {
        symbol = type.getProperty(key);
        if (symbol !== undefined) type = checker.getTypeOfSymbol(symbol);
      }
      return [path, (symbol?.declarations ?? []).map(placeOf)];
    }),
  );
}

/** The declarations in the config's schema that code outside of src/config uses. */
function used(program: ts.Program, checker: ts.TypeChecker): Set<string> {
  const found = new Set<string>();
  const note = (symbol: ts.Symbol | undefined): void => {
    for (const node of symbol?.declarations ?? [])
      if (node.getSourceFile().fileName.startsWith(CONFIG)) found.add(placeOf(node));
  };
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) note(checker.getSymbolAtLocation(node.name));
    else if (ts.isBindingElement(node))
      note(checker.getTypeAtLocation(node.parent).getProperty((node.propertyName ?? node.name).getText()));
    ts.forEachChild(node, visit);
  };
  for (const file of program.getSourceFiles())
    if (file.fileName.startsWith(`${ROOT}src/`) && !file.fileName.startsWith(CONFIG)) visit(file);
  return found;
}

describe('documented keys', () => {
  it('are read by the program, or belong to a part that is still to come', { timeout: 120_000 }, () => {
    const program = createProgram();
    const checker = program.getTypeChecker();
    const places = declarations(program, checker);
    expect([...places].filter(([, declared]) => declared.length === 0)).toEqual([]);
    const reads = used(program, checker);
    const unread = [...places].filter(([, declared]) => !declared.some((place) => reads.has(place)));
    const paths = unread.map(([path]) => path);
    const belongs = (path: string, entry: string): boolean => path === entry || path.startsWith(`${entry}.`);
    expect(paths.filter((path) => !STILL_TO_COME.some((entry) => belongs(path, entry)))).toEqual([]);
    // An entry of which everything is read has to leave the list, so that it only shrinks.
    const done = STILL_TO_COME.filter((entry) => !paths.some((path) => belongs(path, entry)));
    expect(done).toEqual([]);
  });
});
