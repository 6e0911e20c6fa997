/**
 * Who may import whom. `npm run deps` checks it.
 *
 * Every room names the rooms, packages and built-in modules that its files may import; it may always import itself.
 * A room that is missing here fails: a new folder needs a decision.
 */

/** Rooms of src/mcp, from the bottom to the top: each may import those before it. */
const mcpRooms = [
  'contract',
  'schema',
  'render',
  'jobs',
  'logs',
  'arguments',
  'undo',
  'gate',
  'audit',
  'actions',
  'job-view',
  'workflows',
  'files',
  'script',
  'execute',
  'resources',
  'prompts',
  'skills',
  'registry',
  'server',
];

const shared = '^src/shared/';
const catalogue = '^src/catalogue/';
const client = '^src/client/';
const contract = '^src/mcp/contract/';
const builtin = '^node:|^[a-z_/0-9]+$';
const packages = (...names) => names.map((name) => `(?:^|/)node_modules/${name}/`);

const mcpPackages = packages(
  '@modelcontextprotocol/server',
  'leven',
  'lru-cache',
  'p-map',
  're2js',
  'safe-stable-stringify',
  'zod',
);

/** Room → what it may import. */
const rooms = {
  '^src/catalogue/': [...packages('zod')],
  '^src/tc3/': ['^(?:node:)?crypto$'],
  '^src/cos/': ['^(?:node:)?crypto$'],
  '^src/shared/': [
    '^src/catalogue/error-codes[.]ts$',
    builtin,
    ...packages('safe-stable-stringify', 'lru-cache'),
  ],
  '^src/client/': [
    shared,
    catalogue,
    '^src/(?:tc3|cos)/',
    builtin,
    ...packages('undici', 'zod', 'lru-cache', 'p-map', 'safe-stable-stringify', 'fast-xml-parser'),
  ],
  // Its logs are in SQLite, like those of the engine, and its prices are those of the tools.
  '^src/notify/': [
    shared,
    catalogue,
    client,
    '^src/engine/store/(?:database|migrations|job-event-log|schema/step-4-events)[.]ts$',
    '^src/mcp/jobs/',
    '^src/mcp/render/untrusted[.]ts$',
    builtin,
  ],
  '^src/azure/': [
    shared,
    contract,
    builtin,
    ...packages(
      'zod',
      '@azure-rest/core-client',
      '@azure/core-auth',
      '@azure/identity',
      'lru-cache',
      'p-map',
    ),
  ],
  ...Object.fromEntries(
    mcpRooms.map((room, index) => [
      `^src/mcp/${room}/`,
      [
        shared,
        catalogue,
        client,
        ...mcpRooms.slice(0, index).map((below) => `^src/mcp/${below}/`),
        ...(room === 'files' ? ['^src/cos/crc64[.]ts$', ...packages('tar-stream', 'ignore')] : []),
        ...(['registry', 'resources'].includes(room) ? ['^src/azure/index[.]ts$'] : []),
        // The server is above the tool service, which works without it.
        ...(room === 'server' ? ['^src/mcp/[^/]+$'] : []),
        builtin,
        ...mcpPackages,
        // Only the thread of a script loads them.
        ...(room === 'script'
          ? packages('quickjs-emscripten-core', '@jitl/quickjs-wasmfile-release-sync')
          : []),
      ],
    ]),
  ),
  '^src/mcp/[^/]+$': [
    shared,
    catalogue,
    client,
    '^src/azure/index[.]ts$',
    '^src/mcp/(?!server/)',
    builtin,
    ...mcpPackages,
  ],
  // Runs in a browser: of other rooms it imports the form of its data, and how figures are written.
  '^src/view/': ['^src/mcp/job-view/', '^src/mcp/render/times[.]ts$'],
  '^src/engine/cos/': [shared, '^src/cos/', '^src/engine/model/', builtin],
  '^src/engine/http/': [
    shared,
    catalogue,
    '^src/tc3/',
    '^src/engine/model/',
    '^src/engine/settings[.]ts$',
    builtin,
    ...packages('zod'),
  ],
  '^src/engine/faults/': [
    shared,
    catalogue,
    '^src/tc3/',
    '^src/engine/(?:http|model)/',
    builtin,
    ...packages('zod'),
  ],
  '^src/engine/daemon/': [
    shared,
    catalogue,
    '^src/tc3/',
    '^src/engine/(?:http|model|store)/',
    '^src/engine/settings[.]ts$',
    builtin,
  ],
  '^src/engine/model/': [catalogue],
  '^src/engine/store/': [
    shared,
    catalogue,
    '^src/engine/model/',
    '^src/engine/settings[.]ts$',
    builtin,
    ...packages('@photostructure/sqlite'),
  ],
  '^src/engine/handlers/': [
    shared,
    catalogue,
    '^src/engine/(?:model|store|http)/',
    '^src/engine/settings[.]ts$',
    builtin,
    ...packages('zod'),
  ],
  '^src/engine/runner/': [
    shared,
    catalogue,
    '^src/tc3/',
    '^src/engine/(?:model|store)/',
    '^src/engine/settings[.]ts$',
    builtin,
    ...packages('p-map', 'lru-cache'),
  ],
  // Below the loop: it implements the interface of backends, and shares the preparation of attempts.
  '^src/engine/runner/slurm/': [
    shared,
    '^src/engine/(?:model|store)/',
    '^src/engine/settings[.]ts$',
    '^src/engine/runner/(?:backend[.]ts$|processes/|workspace/)',
    builtin,
  ],
  '^src/engine/[^/]+$': [
    shared,
    catalogue,
    '^src/tc3/',
    '^src/cos/',
    '^src/engine/',
    builtin,
    ...packages('zod'),
  ],
  '^src/cli/': [
    '^src/',
    builtin,
    ...packages('leven', '@modelcontextprotocol/client', 'zod', 'jsonc-parser', 'smol-toml'),
  ],
};

const nameOf = (room) => room.replace(/^\^src\//, '').replace(/\/$|\/\[\^\/\]\+\$$/, '');

export default {
  forbidden: [
    {
      name: 'no-circle',
      comment:
        'Imports form a circle; imports of types count, too, because a reader follows them all the same.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolved',
      comment: 'An import that cannot be found cannot be checked.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'no-orphan',
      comment: 'Nothing imports this file.',
      severity: 'error',
      from: { orphan: true },
      to: {},
    },
    {
      name: 'room-is-known',
      comment: 'This folder is missing in .dependency-cruiser.mjs.',
      severity: 'error',
      from: { path: '^src/', pathNot: Object.keys(rooms) },
      to: {},
    },
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `imports-of-${nameOf(room)}`,
      comment: `Outside what ${nameOf(room)} may import.`,
      severity: 'error',
      from: { path: room },
      to: { pathNot: [room, ...allowed] },
    })),
  ],
  options: {
    // dependency-cruiser does not read TypeScript 7, and would then report no modules and no faults.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
  },
};
