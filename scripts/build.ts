/**
 * Bundles the program into dist/: one entry point, and chunks that are loaded on first use.
 * The tool list is computed here, because converting the schemas would take a third of every start.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { brotliCompressSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { buildView } from './view.ts';

const root = join(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: {
    /** Removes the files of earlier builds at once. */
    clean: { type: 'boolean', default: false },
    /** Writes esbuild's metafile to node_modules/. */
    meta: { type: 'boolean', default: false },
    outdir: { type: 'string', default: 'dist' },
  },
});
const dist = resolve(root, flags.outdir);

/**
 * The SDK's JSON Schema validator (AJV) is 290 kB, compiles at start, and only serves `elicitInput`, which this server
 * does not call: it returns `inputRequired` and validates the answer itself. Without it the start is 10 % shorter.
 */
const withoutAjv: Plugin = {
  name: 'without-ajv',
  setup(to) {
    to.onResolve({ filter: /^@modelcontextprotocol\/(server|client)\/_shims$/ }, ({ path }) => ({
      path,
      namespace: 'shims',
    }));
    to.onLoad({ filter: /.*/, namespace: 'shims' }, ({ path }) => ({
      contents: path.includes('server') ? serverShims : clientShims,
      resolveDir: root,
    }));
  },
};

const serverShims = `
  import process from 'node:process';
  export { process };
  export class DefaultJsonSchemaValidator {
    getValidator() { throw new Error('This build validates with zod and has no JSON Schema validator.'); }
  }`;

/** The client is the demo's, which talks to this server alone; that its answers fit their schemas is tested. */
const clientShims = `
  export const CORS_IS_POSSIBLE = false;
  export class DefaultJsonSchemaValidator {
    getValidator() { return (data) => ({ valid: true, data, errorMessage: undefined }); }
  }`;

/** Parts of libraries that this program never calls, which are a third of what its libraries need in the package. */
const withoutUnusedParts: Plugin = {
  name: 'without-unused-parts',
  setup(to) {
    // Signs for OAuth; the client of the demo speaks over stdio.
    to.onResolve({ filter: /^jose$/ }, ({ path }) => ({ path, namespace: 'unused' }));
    to.onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'export {};' }));
    // undici converts forms with its fetch; requests here have strings and bytes.
    to.onLoad({ filter: /[\\/]undici[\\/]lib[\\/]web[\\/]fetch[\\/]body\.js$/ }, () => ({
      contents:
        "exports.extractBody = () => { throw new Error('This build sends only strings and bytes.'); };",
    }));
  },
};

/**
 * On load the SDK builds the schema of every protocol type for a lookup by name that this server never makes. Without
 * the lookup, and with every schema marked as free of side effects, tree shaking removes the unused ones: the start is
 * 15 % shorter and needs 6 MiB less. The client of the demo makes the lookup, so it gets an unchanged copy.
 */
const withoutUnusedSchemas: Plugin = {
  name: 'without-unused-schemas',
  setup(to) {
    const unchanged = '?unchanged';
    const rewritten = (path: string, pattern: RegExp, by: string) => {
      const before = readFileSync(path, 'utf8');
      const contents = before.replace(pattern, by);
      // A newer SDK may be written differently; that must fail here instead of slowing down the start.
      if (contents === before) throw new Error(`The expected code was not found in ${path}.`);
      return { contents };
    };
    to.onResolve({ filter: /^@modelcontextprotocol\/core\/internal$/ }, ({ path, importer }) =>
      /@modelcontextprotocol[\\/]client/.test(importer)
        ? {
            path: createRequire(importer)
              .resolve(path)
              .replace(/\.cjs$/, '.mjs'),
            suffix: unchanged,
          }
        : undefined,
    );
    to.onLoad({ filter: /@modelcontextprotocol[\\/]core[\\/]dist[\\/]internal\.mjs$/ }, ({ path, suffix }) =>
      suffix === unchanged ? rewritten(path, /\.mjs";/g, `.mjs${unchanged}";`) : undefined,
    );
    to.onLoad(
      { filter: /@modelcontextprotocol[\\/]core[\\/]dist[\\/](schemas|auth)-[\w-]+\.mjs$/ },
      ({ path, suffix }) =>
        suffix === unchanged
          ? undefined
          : rewritten(
              path,
              // A statement ends before a line that is neither indented nor a closing bracket.
              /^const (\w+) = ((?:z\.|\w+Schema\.)[^\n]*(?:\n[\t}\])][^\n]*)*);$/gm,
              'const $1 = /* @__PURE__ */ (() => $2)();',
            ),
    );
    to.onLoad({ filter: /@modelcontextprotocol[\\/]server[\\/]dist[\\/]src-\w+\.mjs$/ }, ({ path }) =>
      rewritten(path, /^for \(const .* register\(key, .*\);$/gm, ''),
    );
  },
};

const toolList = async (): Promise<string> => {
  const { completeList } = await import('../src/mcp/registry/tools.ts');
  return JSON.stringify(completeList('compact'));
};

const removeOldChunks = (written: ReadonlySet<string>): void => {
  for (const name of readdirSync(dist)) {
    const file = join(dist, name);
    // A running program may still load chunks of the previous build, so recent files are not removed.
    if (!written.has(name) && (flags.clean || Date.now() - statSync(file).mtimeMs > 600_000)) rmSync(file);
  }
};

const result = await build({
  absWorkingDir: root,
  entryPoints: {
    'batch-mcp': 'src/cli/main.ts',
    // The thread of a script is started from a file.
    'script-worker': 'src/mcp/script/script-worker.js',
  },
  outdir: dist,
  bundle: true,
  splitting: true,
  // Without keepNames, which would set the name of every function at start.
  minify: true,
  legalComments: 'linked',
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  chunkNames: 'chunk-[hash]',
  // Its main file is UMD, which cannot be bundled.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  external: ['@photostructure/sqlite', '@azure/identity'],
  define: { __TOOL_LIST__: await toolList() },
  plugins: [withoutAjv, withoutUnusedParts, withoutUnusedSchemas],
  banner: {
    // Bundled CommonJS packages call `require`, which ESM lacks.
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
mkdirSync(dist, { recursive: true });
// The engine finds the program of its runners beside the bundle.
copyFileSync(join(root, 'src/engine/runner/processes/runner.sh'), join(dist, 'runner.sh'));
for (const name of ['element.sh', 'probe.sh'])
  copyFileSync(join(root, 'src/engine/runner/slurm', name), join(dist, name));
// So does the thread of a script with QuickJS. Brotli saves 35 kB of the package over its gzip.
writeFileSync(
  join(dist, 'quickjs.wasm.br'),
  brotliCompressSync(
    readFileSync(createRequire(import.meta.url).resolve('@jitl/quickjs-wasmfile-release-sync/wasm')),
  ),
);
writeFileSync(join(dist, 'job-view.html.br'), brotliCompressSync(await buildView(root)));
removeOldChunks(
  new Set([
    'runner.sh',
    'element.sh',
    'probe.sh',
    'quickjs.wasm.br',
    'job-view.html.br',
    ...Object.keys(result.metafile.outputs).map((file) => basename(file)),
  ]),
);
if (flags.meta)
  writeFileSync(join(root, 'node_modules', '.batch-mcp-meta.json'), JSON.stringify(result.metafile));
