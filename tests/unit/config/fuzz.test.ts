import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { configLeaves } from '../../../src/config/leaves.js';
import { resolveConfig } from '../../../src/config/load.js';
import { configInvalid } from '../../../src/config/problem.js';
import { configSchema } from '../../../src/config/schema.js';
import { createProject } from './project.js';
import { sample } from './samples.js';

const project = createProject();
beforeEach(project.clear);
afterAll(project.close);

const RUNS = 200;
const LEAVES = configLeaves();
const NAMES = [...new Set(LEAVES.flatMap(({ path }) => path.split('.')))];
const LABELS = new Set(['$XDG_CONFIG_HOME/tmux-orchestrator/config.yaml', '.tmux_orchestrator/config.yaml']);

/** Reads a text as both files; whatever it is, there is a config, or a problem that names file and key. */
async function check(text: string | Uint8Array): Promise<number> {
  project.write(project.userFile, text);
  project.write(project.projectFile, text);
  const { config, problems } = await resolveConfig(project.sources());
  expect(configSchema.parse(config)).toEqual(config);
  for (const { where, key, line, text: told } of problems) {
    expect(LABELS).toContain(where);
    // A file that is no YAML at all has lines, not keys.
    if (key === '' && line === undefined) expect(told).toMatch(/^expected (?:keys|UTF-8|valid YAML|one YAML|at most)/);
    expect(told).toMatch(/^(?:expected|not a known key)/);
  }
  if (problems.length > 0) expect(configInvalid(problems).code).toBe('CONFIG_INVALID');
  expect(Object.keys(Object.prototype)).toEqual([]);
  return problems.length;
}

const key = fc.oneof(fc.constantFrom(...NAMES), fc.constantFrom('__proto__', 'constructor', '$import'), fc.string());
const values = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(null, true, false, '', 'owned', 'standard', -1, 0, 1, 1e308, Number.MAX_SAFE_INTEGER),
      fc.string({ unit: 'binary' }),
      fc.double(),
      fc.constantFrom(...LEAVES.map(sample)),
    ),
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('tree')), { maxLength: 6 }).map((pairs) => Object.fromEntries(pairs)),
  ),
}));

describe('any file', () => {
  it('with any tree of values is read or refused with file and key', async () => {
    await fc.assert(
      fc.asyncProperty(values.tree, async (tree) => {
        await check(JSON.stringify(tree));
      }),
      { numRuns: RUNS },
    );
  });

  it('with any text is read or refused', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(fc.constantFrom('a', ': ', '\n', '  ', '- ', '&a ', '*a', '{', '}', '[', ']', '|', '>', '"', "'", '#', '!', '? ', '---', '%', 'mcp', '\t'), { maxLength: 40 }).map((parts) => parts.join('')),
    ); // prettier-ignore
    await fc.assert(
      fc.asyncProperty(fc.oneof(text, fc.uint8Array({ maxLength: 100 })), async (content) => {
        await check(content);
      }),
      { numRuns: RUNS },
    );
  });

  it('with any value for any key never lets one through that the schema refuses', async () => {
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...LEAVES), values.tree, async (leaf, value) => {
        const tree = leaf.path.split('.').reduceRight<unknown>((below, name) => ({ [name]: below }), value);
        const text = JSON.stringify(tree);
        const problems = await check(text);
        refused += Math.min(1, problems);
        if (value !== undefined && !leaf.schema.safeParse(JSON.parse(JSON.stringify(value))).success)
          expect(problems).toBeGreaterThan(0);
      }),
      { numRuns: RUNS },
    );
    expect(refused).toBeGreaterThan(RUNS / 4);
  });
});
