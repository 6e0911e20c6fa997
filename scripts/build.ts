/**
 * Bundles the program into dist/: one entry, and chunks that are loaded when they are first needed.
 * The list of tools is computed here, once, because converting schemas at each start would cost a third of it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '..');
const { values: flags } = parseArgs({
  options: {
    /** Removes what the builds before have left at once. */
    clean: { type: 'boolean', default: false },
    /** Writes the list of what is in which file to node_modules/. */
    meta: { type: 'boolean', default: false },
    outdir: { type: 'string', default: 'dist' },
  },
});
const dist = resolve(root, flags.outdir);

/**
 * The SDK's JSON Schema validator (AJV) is 290 kB and compiled at start, and is only used for forms that a handler
 * opens by `elicitInput`, which this server never does: it answers `inputRequired` and checks the answer itself.
 */
const withoutAjv: Plugin = {
  name: 'without-ajv',
  setup(to) {
    to.onResolve({ filter: /^@modelcontextprotocol\/server\/_shims$/ }, () => ({
      path: 'shims',
      namespace: 'shims',
    }));
    to.onLoad({ filter: /.*/, namespace: 'shims' }, () => ({
      contents: `
        import process from 'node:process';
        export { process };
        export class DefaultJsonSchemaValidator {
          getValidator() { throw new Error('This build validates with zod; JSON Schema validation is left out.'); }
        }`,
      resolveDir: root,
    }));
  },
};

/**
 * The SDK builds the schema of every type of the protocol at its start, for a look-up by name that this server never
 * makes: a tenth of the whole start. Without the look-up, and with each schema marked as free of side effects, only
 * those stay that something uses. The demo's client does make the look-up, so it gets a whole copy of the schemas.
 */
const withoutSpareSchemas: Plugin = {
  name: 'without-spare-schemas',
  setup(to) {
    const whole = '?whole';
    const rewritten = (path: string, pattern: RegExp, by: string) => {
      const before = readFileSync(path, 'utf8');
      const contents = before.replace(pattern, by);
      // A newer SDK may look different; that must be seen here, not as a slower start.
      if (contents === before) throw new Error(`${path} has nothing to leave out any more.`);
      return { contents };
    };
    to.onResolve({ filter: /^@modelcontextprotocol\/core\/internal$/ }, ({ path, importer }) =>
      /@modelcontextprotocol[\\/]client/.test(importer)
        ? {
            path: createRequire(importer)
              .resolve(path)
              .replace(/\.cjs$/, '.mjs'),
            suffix: whole,
          }
        : undefined,
    );
    to.onLoad({ filter: /@modelcontextprotocol[\\/]core[\\/]dist[\\/]internal\.mjs$/ }, ({ path, suffix }) =>
      suffix === whole ? rewritten(path, /\.mjs";/g, `.mjs${whole}";`) : undefined,
    );
    to.onLoad(
      { filter: /@modelcontextprotocol[\\/]core[\\/]dist[\\/](schemas|auth)-[\w-]+\.mjs$/ },
      ({ path, suffix }) =>
        suffix === whole
          ? undefined
          : rewritten(
              path,
              // A statement ends where the next line is neither indented nor a closing bracket.
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
  const { everyTool, listOf } = await import('../src/mcp/registry/tools.ts');
  return JSON.stringify(listOf(everyTool(), 'compact'));
};

const removeOldChunks = (written: ReadonlySet<string>): void => {
  for (const name of readdirSync(dist)) {
    const file = join(dist, name);
    // A program that is running may still load a chunk of the build before, so the recent ones stay for a while.
    if (!written.has(name) && (flags.clean || Date.now() - statSync(file).mtimeMs > 600_000)) rmSync(file);
  }
};

const result = await build({
  absWorkingDir: root,
  entryPoints: { 'batch-mcp': 'src/cli/main.ts' },
  outdir: dist,
  bundle: true,
  splitting: true,
  // Without keepNames, which would set the name of each function at every start.
  minify: true,
  legalComments: 'linked',
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  chunkNames: 'chunk-[hash]',
  external: ['@photostructure/sqlite', '@azure/identity'],
  define: { __TOOL_LIST__: await toolList() },
  plugins: [withoutAjv, withoutSpareSchemas],
  banner: {
    // Bundled CommonJS packages ask for `require`, which ESM does not have.
    js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);",
  },
  metafile: true,
  logLevel: 'warning',
});
mkdirSync(dist, { recursive: true });
removeOldChunks(new Set(Object.keys(result.metafile.outputs).map((file) => basename(file))));
if (flags.meta)
  writeFileSync(join(root, 'node_modules', '.batch-mcp-meta.json'), JSON.stringify(result.metafile));
