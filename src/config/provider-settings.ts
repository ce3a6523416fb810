import * as z from 'zod';
import { compareVersions } from '../kernel/version.js';
import { positive, text, texts } from './fields.js';

/** Providers that come with the program, in the order in which one is chosen where none is named. */
export const BUILT_IN_PROVIDERS = ['claude', 'codex', 'gemini', 'opencode', 'qwen', 'pi', 'shell'] as const;
export type BuiltInProvider = (typeof BUILT_IN_PROVIDERS)[number];

/** Words that stand for something else where a provider is named: a choice, and an agent of which nothing is kept. */
const RESERVED: readonly string[] = ['auto', 'unknown'];
const REGIONS = ['title', 'status', 'composer', 'footer', 'dialog'] as const;
/** What a screen can say; that a program has ended is told by its process. */
const SAYS = ['starting', 'idle', 'working', 'waiting_permission', 'waiting_input', 'rate_limited', 'error'] as const;

/** RE2 syntax; `providerProblems` compiles it, because the engine is loaded only where there is a pattern. */
const pattern = (): z.ZodString => text().min(1);
const lines = (max: number): z.ZodNumber => positive(max);
const version = (): z.ZodString => z.string().regex(/^\d{1,9}(?:\.\d{1,9}){0,3}$/, 'a version such as "1.20.0"');
/** Words of a command line, one of which is to hold a value. */
const wordsWith = (place: string): z.ZodArray<z.ZodString> =>
  texts()
    .max(100)
    .refine((words) => words.some((word) => word.includes(place)), `words of which one holds ${place}`);

const composer = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('between'), line: pattern(), max_lines: lines(200).default(20) }),
    z.strictObject({ kind: z.literal('prompt'), first: pattern() }),
    z.strictObject({ kind: z.literal('block'), line: pattern(), close: pattern() }),
  ],
  'one of between, prompt, block',
);

const pack = z.strictObject({
  versions: z.strictObject({ from: version(), to: version() }).optional(),
  composer,
  composer_tail: z.int().min(0).max(20).default(0),
  status_lines: lines(20).default(3),
  hint: pattern().optional(),
  dialog_lines: lines(100).default(25),
  prompt: pattern().default('^'),
  placeholder: pattern().default('^$'),
  has_true_title: z.boolean().default(false),
  options: z
    .strictObject({ kind: z.enum(['lines', 'row']), option: pattern() })
    .default({ kind: 'lines', option: '^(?<selected>[❯›>→*]?)\\s*(?<label>\\d{1,2}[.)] .+)$' }),
  markers: z
    .array(
      z.strictObject({
        rule: z.string().regex(/^[a-z][a-z0-9_.-]{0,63}$/, 'a name of small letters, digits, "_", "." and "-"'),
        region: z.enum(REGIONS),
        match: pattern(),
        says: z.enum(SAYS),
        is_last: z.boolean().default(false),
      }),
    )
    .max(100)
    .default([]),
});

const provider = z.strictObject({
  command: z
    .string()
    .regex(/^(?:\/[^\p{Cc}\p{Cs}]*|[^-/\p{Cc}\p{Cs}][^/\p{Cc}\p{Cs}]*)$/u, 'a program on PATH or its full path')
    .optional(),
  like: z.enum(BUILT_IN_PROVIDERS).optional(),
  args: texts().max(100).default([]),
  model_args: wordsWith('{model}').optional(),
  message_args: wordsWith('{message}').optional(),
  mode_args: z
    .strictObject({
      ask: texts().max(100).optional(),
      auto: texts().max(100).optional(),
      bypass: texts().max(100).optional(),
    })
    .default({}),
  env_names: z
    .array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'names of variables'))
    .max(100)
    .default([]),
  pack: pack.optional(),
  packs: z.array(pack).min(1).max(20).optional(),
});

export type PackSettings = z.output<typeof pack>;
export type OwnProviderSettings = z.output<typeof provider>;

/** A key below one provider that does not fit to the others, and what was expected. */
type Misfit = readonly [path: readonly (string | number)[], expected: string];

const isBuiltIn = (id: string): boolean => BUILT_IN_PROVIDERS.some((known) => known === id);

function identityMisfits(id: string, { command, like }: OwnProviderSettings): Misfit[] {
  if (RESERVED.includes(id)) return [[[], 'another id; this one has a meaning of its own']];
  if (isBuiltIn(id)) return like === undefined ? [] : [[['like'], 'none for a provider that comes with the program']];
  return command === undefined && like === undefined ? [[['command'], 'a program, or "like" beside it']] : [];
}

const FOR_AGENTS = ['model_args', 'message_args', 'pack', 'packs'] as const;

function shellMisfits(id: string, own: OwnProviderSettings): Misfit[] {
  if (id !== 'shell' && own.like !== 'shell') return [];
  const none = 'none for a shell, whose processes tell its state';
  const named = FOR_AGENTS.filter((key) => own[key] !== undefined);
  const keys = Object.keys(own.mode_args).length > 0 ? [...named, 'mode_args'] : named;
  return keys.map((key) => [[key], none]);
}

/** The packs of a provider, each with its place below it. */
export function packsOf({ pack: one, packs = [] }: Pick<OwnProviderSettings, 'pack' | 'packs'>): {
  readonly path: readonly (string | number)[];
  readonly pack: PackSettings;
}[] {
  const several = packs.map((each, index) => ({ path: ['packs', index], pack: each }));
  return one === undefined ? several : [{ path: ['pack'], pack: one }, ...several];
}

function packMisfits(own: OwnProviderSettings): Misfit[] {
  if (own.pack !== undefined && own.packs !== undefined) return [[['packs'], 'either "pack" or "packs"']];
  const all = packsOf(own);
  return all.flatMap(({ path, pack: { versions } }): Misfit[] => {
    if (versions === undefined)
      return all.length > 1 ? [[[...path, 'versions'], 'versions for each of several packs']] : [];
    return compareVersions(versions.from, versions.to) < 0
      ? []
      : [[[...path, 'versions', 'to'], 'a later version than "from"']];
  });
}

/** The user's own providers, by id, and what is changed of those that come with the program. */
export const providersSchema = z
  .record(z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'an id of up to 32 small letters, digits and "-"'), provider)
  .superRefine((providers, context) => {
    for (const [id, own] of Object.entries(providers))
      for (const [path, message] of [...identityMisfits(id, own), ...shellMisfits(id, own), ...packMisfits(own)])
        context.addIssue({ code: 'custom', path: [id, ...path], message });
  });

export type ProviderSettings = z.output<typeof providersSchema>;
