// Who may import whom: an allow-list. What is not named here is refused.
const LAYERS = {
  kernel: [],
  exec: ['kernel'],
  config: ['kernel', 'security/text'],
  'security/text': ['kernel'],
  log: ['kernel', 'config'],
  store: ['kernel', 'config'],
  tmux: ['kernel', 'exec', 'config', 'security/text'],
  security: ['kernel', 'config', 'store', 'security/text'],
  providers: ['kernel', 'exec', 'config', 'tmux', 'security/text'],
  agents: ['kernel', 'exec', 'tmux', 'store', 'providers', 'security/text'],
  messaging: ['kernel', 'store', 'agents', 'security/text'],
  teams: ['kernel', 'store', 'agents', 'messaging'],
  monitor: ['kernel', 'tmux', 'store', 'agents', 'providers', 'messaging', 'teams', 'exec'],
  operations: ['kernel', 'security/text'],
  app: [
    'kernel',
    'exec',
    'config',
    'security/text',
    'log',
    'store',
    'tmux',
    'security',
    'providers',
    'agents',
    'messaging',
    'teams',
    'monitor',
    'operations',
  ],
  mcp: ['kernel', 'operations', 'app'],
  dashboard: ['kernel', 'operations', 'app'],
  cli: ['kernel', 'operations', 'app', 'exec', 'config'],
};
/** Services whose types operations may name; their code reaches operations only through the context. */
const SERVICES = ['tmux', 'store', 'providers', 'agents', 'messaging', 'teams', 'monitor', 'config'];
/** Packages that one folder owns. */
const OWNERS = {
  '@modelcontextprotocol/server': 'mcp',
  execa: 'exec',
  cosmiconfig: 'config',
  'lru-cache': 'monitor',
  libsql: 'store',
  pino: 'log',
  commander: 'cli',
};
/** Pure functions on listings, which operations call with what the tmux port gave them. */
const PURE = '^src/tmux/resolve[.]ts$';

const inFolder = (layer) => `^src/${layer}/`;
const source = (layer) =>
  layer === 'security' ? { path: '^src/security/', pathNot: '^src/security/text/' } : { path: inFolder(layer) };

const layerRules = Object.entries(LAYERS).map(([layer, allowed]) => ({
  name: `layer-${layer.replace('/', '-')}`,
  severity: 'error',
  from: source(layer),
  to: {
    path: '^src/',
    pathNot: [
      inFolder(layer),
      ...allowed.map(inFolder),
      ...(layer === 'operations' ? [PURE] : []),
      ...(layer === 'cli' ? ['^src/(mcp|dashboard)/'] : []),
    ],
    ...(layer === 'operations' ? { dependencyTypesNot: ['type-only'] } : {}),
  },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'operations-types-of-services-only',
      severity: 'error',
      from: { path: inFolder('operations') },
      to: {
        path: '^src/',
        pathNot: [inFolder('operations'), inFolder('kernel'), inFolder('security/text'), ...SERVICES.map(inFolder)],
      },
    },
    {
      name: 'cli-loads-surfaces-on-demand',
      severity: 'error',
      from: { path: inFolder('cli') },
      to: { path: '^src/(mcp|dashboard)/', dependencyTypesNot: ['dynamic-import'] },
    },
    ...Object.entries(OWNERS).map(([name, layer]) => ({
      name: `package-${name.replace(/[@/]/g, '-')}`,
      severity: 'error',
      from: { path: '^src/', pathNot: inFolder(layer) },
      to: { path: `(^|node_modules/)${name}(/|$)` },
    })),
    {
      name: 'processes-only-in-exec',
      severity: 'error',
      from: { path: '^src/', pathNot: inFolder('exec') },
      to: { path: '^(node:)?(child_process|cluster|worker_threads)$' },
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'no-cycles', severity: 'error', from: { path: '^src/' }, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/cli/main[.]ts$' },
      to: {},
    },
    {
      name: 'known-folders',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.keys(LAYERS).map(inFolder) },
      to: {},
    },
    { name: 'src-needs-no-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^(tests|scripts)/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.js', '.mjs'],
    },
  },
};
