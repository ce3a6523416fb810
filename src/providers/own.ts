import { packsOf, type OwnProviderSettings, type PackSettings } from '../config/provider-settings.js';
import { PERMISSION_MODES } from '../kernel/agent-words.js';
import { OrcError } from '../kernel/errors.js';
import { compareVersions } from '../kernel/version.js';
import type { LinePattern } from '../security/text/pattern.js';
import type { OptionSpec } from './dialog.js';
import type { DetectionPack } from './pack.js';
import { asText, type LaunchWish, type Provider } from './provider.js';
import type { ComposerSpec } from './screen.js';

type Compile = (pattern: string) => LinePattern;

const NEVER: LinePattern = /(?!)/;

function composerOf(spec: PackSettings['composer'], compile: Compile): ComposerSpec {
  if (spec.kind === 'between') return { kind: 'between', line: compile(spec.line), maxLines: spec.max_lines };
  if (spec.kind === 'prompt') return { kind: 'prompt', first: compile(spec.first) };
  return { kind: 'block', line: compile(spec.line), close: compile(spec.close) };
}

const optionsOf = ({ kind, option }: PackSettings['options'], compile: Compile): OptionSpec => ({
  kind,
  option: compile(option),
});

function packOf(provider: string, settings: PackSettings, compile: Compile): DetectionPack {
  return {
    provider,
    versions: settings.versions,
    composer: composerOf(settings.composer, compile),
    composerTail: settings.composer_tail,
    statusLines: settings.status_lines,
    hint: settings.hint === undefined ? NEVER : compile(settings.hint),
    dialogLines: settings.dialog_lines,
    prompt: compile(settings.prompt),
    placeholder: compile(settings.placeholder),
    hasTrueTitle: settings.has_true_title,
    options: optionsOf(settings.options, compile),
    markers: settings.markers.map(({ rule, region, match, says, is_last: isLast }) => ({
      ...{ rule, region, says, match: compile(match) },
      ...(isLast ? { isLast } : {}),
    })),
  };
}

const byAge = (one: DetectionPack, other: DetectionPack): number =>
  compareVersions(one.versions?.from ?? '0', other.versions?.from ?? '0');

function refuse(what: string, id: string, why: string, hint: string): never {
  throw new OrcError('INVALID_INPUT', `${what}: provider ${id} ${why}.`, { hint });
}

/** Words of the config with a value in its place; none where there is no value, or where it is left to the base. */
const filled = (words: readonly string[] | undefined, place: string, value: string | undefined): string[] =>
  value === undefined ? [] : (words ?? []).map((word) => word.replaceAll(place, () => value));

/** What of a value is left to the base. */
const leftTo = <T>(words: readonly string[] | undefined, value: T): T | undefined =>
  words === undefined ? value : undefined;

/** @throws OrcError INVALID_INPUT for a value that nothing says how to hand on */
function requirePlaces(id: string, own: OwnProviderSettings, { model, message }: LaunchWish): void {
  const hint = (setting: string): string =>
    `Leave it out, or say in agents.providers.${id}.${setting} how it goes along.`;
  if (model !== undefined && own.model_args === undefined) refuse('model', id, 'takes none', hint('model_args'));
  if (message !== undefined && own.message_args === undefined)
    refuse('briefing', id, 'takes none', hint('message_args'));
}

/** @throws OrcError INVALID_INPUT for a mode that neither the config nor the base has */
function requireMode(id: string, modes: OwnProviderSettings['mode_args'], base: Provider | undefined): void {
  const known = PERMISSION_MODES.filter((mode) => modes[mode] !== undefined);
  if (known.length === 0 || (base !== undefined && base.asksNothing !== true)) return;
  const hint = `It has ${known.join(', ')}; agents.providers.${id}.mode_args names them.`;
  refuse('permission_mode', id, 'has no such mode', hint);
}

function launchOf(id: string, own: OwnProviderSettings, base: Provider | undefined): Provider['launch'] {
  const { args, model_args: modelArgs, message_args: messageArgs, mode_args: modes } = own;
  return (wish) => {
    const { permissionMode, model, message } = wish;
    const mode = permissionMode && modes[permissionMode];
    if (mode === undefined) requireMode(id, modes, base);
    if (base === undefined) requirePlaces(id, own, wish);
    const rest = base?.launch({
      ...{ ...wish, permissionMode: leftTo(mode, permissionMode) },
      ...{ model: leftTo(modelArgs, model), message: leftTo(messageArgs, message) },
    });
    return {
      ...rest,
      args: [
        ...args,
        ...filled(modelArgs, '{model}', model),
        ...(mode ?? []),
        // The first message of a built-in one stands last among its words.
        ...(rest?.args ?? []),
        ...filled(messageArgs, '{message}', message && asText(message)),
      ],
      env: rest?.env ?? {},
    };
  };
}

/** Without modes of its own, and without a base that has some, nobody knows that it asks before anything. */
function asksNothing({ mode_args: modes }: OwnProviderSettings, base: Provider | undefined): true | undefined {
  if (Object.keys(modes).length > 0) return undefined;
  return base === undefined ? true : base.asksNothing;
}

/**
 * A provider of the user's config.
 * @param base the built-in one that it changes or is like
 * @throws OrcError INVALID_INPUT for a pattern that cannot be used
 */
export function ownProvider(
  id: string,
  own: OwnProviderSettings,
  base: Provider | undefined,
  compile: Compile,
): Provider {
  const packs = packsOf(own).map(({ pack }) => packOf(id, pack, compile));
  return {
    ...base,
    ...{ id, kind: base?.kind ?? 'agent', command: own.command ?? base?.command },
    leadingArgs: own.args,
    envNames: [...(base?.envNames ?? []), ...own.env_names],
    packs: packs.length === 0 ? (base?.packs ?? []) : packs.sort(byAge),
    launch: launchOf(id, own, base),
    asksNothing: asksNothing(own, base),
  };
}
