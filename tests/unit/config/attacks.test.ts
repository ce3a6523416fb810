import { chmodSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import { createProject, refusal } from './project.js';
import { DEFAULTS } from './samples.js';

interface Case {
  readonly id: string;
  readonly class: string;
  readonly tool_kind: string;
  readonly input: string | { readonly $repeat: string; readonly count: number };
  readonly expect: 'accept_literal' | 'reject' | 'strip';
  readonly why: string;
}

const FILE = fileURLToPath(new URL('../../fixtures/attacks/cases.json', import.meta.url));
const CASES = (JSON.parse(readFileSync(FILE, 'utf8')) as Case[]).filter(({ tool_kind }) => tool_kind === 'config');
const text = ({ input }: Case): string => (typeof input === 'string' ? input : input.$repeat.repeat(input.count));

const project = createProject();
beforeEach(project.clear);
afterAll(project.close);

/** The ways in which a file of this kind comes to be read. */
function ways(attack: Case): { readonly name: string; readonly set: () => void }[] {
  const user = (): void => {
    project.write(project.userFile, text(attack));
  };
  const own = (): void => {
    project.write(project.projectFile, text(attack));
  };
  if (attack.class === 'project_config') {
    const withUser = (): void => {
      project.write(project.userFile, 'security: {rate_limit: {max_requests: 100}}\n');
      own();
    };
    return [{ name: 'project', set: withUser }];
  }
  if (attack.class === 'file_mode') {
    return [project.userFile, project.projectFile].flatMap((path) =>
      [path, dirname(path)].map((open) => ({
        name: `${open} open to all`,
        set: () => {
          project.write(path, text(attack));
          chmodSync(open, open === path ? 0o666 : 0o777);
        },
      })),
    );
  }
  const trusted = (): void => {
    own();
    project.trust();
  };
  return [
    { name: 'user', set: user },
    { name: 'project', set: own },
    { name: 'trusted project', set: trusted },
  ];
}

describe('attacks on the config', () => {
  const passed = new Set<string>();

  it.each(CASES.map((attack) => [attack.id, attack.why, attack] as const))('%s: %s', async (id, _why, attack) => {
    for (const { set } of ways(attack)) {
      project.clear();
      set();
      if (attack.expect === 'accept_literal') {
        expect((await loadConfig(project.sources())).config).toEqual(DEFAULTS);
      } else {
        const { code, details } = await refusal(loadConfig(project.sources()));
        expect([code, details?.file]).toEqual(['CONFIG_INVALID', expect.stringMatching(/config\.yaml$/)]);
      }
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    passed.add(id);
  });

  it('are all there, and all withstood', () => {
    expect(passed.size).toBe(CASES.length);
    expect(CASES.length).toBe(19);
  });
});
