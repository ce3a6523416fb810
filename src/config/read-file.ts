import { createHash } from 'node:crypto';
import type { OptionsSync, PublicExplorerSync } from 'cosmiconfig';
import * as cosmiconfigClass from 'cosmiconfig/dist/ExplorerSync.js';
import { MAX_FILE_BYTES } from './places.js';
import { parseYaml, type YamlProblem } from './yaml.js';

interface ExplorerOptions extends OptionsSync {
  readonly moduleName: string;
  readonly metaConfigFilePath: null;
  readonly applyPackagePropertyPathToConfiguration: false;
}

// The package ships no types for its class; these are the options that its own function fills in (9.0.2, index.ts).
const { ExplorerSync } = cosmiconfigClass as unknown as {
  readonly ExplorerSync: new (options: ExplorerOptions) => PublicExplorerSync;
};

/** A config file as it is: its map, or why it is none. */
export interface FileContent {
  /** SHA-256 of the content that was parsed, in hex. */
  readonly sha256: string;
  /** Undefined for an empty file; a map in it is a `YamlMap`. */
  readonly value: unknown;
  readonly problem: YamlProblem | undefined;
}

function parse(content: string): FileContent {
  const sha256 = createHash('sha256').update(content).digest('hex');
  if (Buffer.byteLength(content) > MAX_FILE_BYTES)
    return { sha256, value: undefined, problem: { text: 'expected at most 1 MiB' } };
  const parsed = parseYaml(content);
  return 'value' in parsed
    ? { sha256, value: parsed.value, problem: undefined }
    : { sha256, value: undefined, problem: parsed };
}

/**
 * Loads one file by its path.
 *
 * `cosmiconfig()` and `cosmiconfigSync()` look for settings of their own in the working directory first: they run
 * `.config/config.js` and its kind, and let `.config/config.json` and package.json say where to read. The class behind
 * them does nothing of this; it takes its options as they are. Nor does it search here: the only loader takes every
 * file for YAML.
 *
 * @throws the error of the file system
 */
export function readConfigFile(path: string): FileContent {
  let content = parse('');
  const explorer = new ExplorerSync({
    moduleName: 'tmux-orchestrator',
    searchPlaces: [],
    searchStrategy: 'none',
    loaders: {
      default: (_path, text) => {
        // Not returned: cosmiconfig would follow a key `$import`, and take only one key of a file called package.yaml.
        content = parse(text);
        return {};
      },
    },
    transform: (result) => result,
    cache: false,
    ignoreEmptySearchPlaces: true,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
    metaConfigFilePath: null,
    applyPackagePropertyPathToConfiguration: false,
  });
  explorer.load(path);
  return content;
}
