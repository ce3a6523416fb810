import { inspectTmux, type TmuxInspector } from '../../app/inspect-tmux.js';
import { type ConfigSources, resolveConfig, type ResolvedConfig } from '../../config/load.js';
import { configSchema } from '../../config/schema.js';
import { OrcError } from '../../kernel/errors.js';

/** What the checks look at. Nothing here fails: what cannot be had is said to be missing. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** What has a problem is left out of it, so that a mistake elsewhere does not point us to another server. */
  readonly config: ResolvedConfig;
  /** Undefined when no tmux program is on PATH. */
  readonly tmux: TmuxInspector | undefined;
  /** Where the choice of the server came from, when a setting made it. */
  readonly chosenBy: string | undefined;
}

/** Without HOME and without an entry in the list of users, even the places of the files are unknown. */
function unreadable(): ResolvedConfig {
  const problem = { where: 'config', key: '', text: 'the places of its files cannot be told' };
  return { config: configSchema.parse({}), origin: new Map(), warnings: [], files: [], problems: [problem] };
}

const KEYS = ['tmux.socket_path', 'tmux.socket_name'] as const;

function chosenBy({ config, origin }: ResolvedConfig): string | undefined {
  const { socket_path: path, socket_name: name } = config.tmux;
  const key = path !== null ? KEYS[0] : name !== null ? KEYS[1] : undefined;
  return key === undefined ? undefined : `${key} from ${origin.get(key) ?? 'the config'}`;
}

function findTmux({ config }: ResolvedConfig, env: NodeJS.ProcessEnv): TmuxInspector | undefined {
  try {
    return inspectTmux(config, env);
  } catch (error) {
    if (error instanceof OrcError) return undefined;
    throw error;
  }
}

export async function lookAround(sources: ConfigSources): Promise<Surroundings> {
  const { env } = sources;
  const config = await resolveConfig(sources).catch(unreadable);
  return { env, config, tmux: findTmux(config, env), chosenBy: chosenBy(config) };
}
