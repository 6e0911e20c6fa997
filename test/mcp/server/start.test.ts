import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../paths.ts';

const src = join(root, 'src');

/** The files and packages that a file loads: its static imports, without type imports. */
const loadedWith = (file: string, seen = new Set<string>()): Set<string> => {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  const statement = /^(?:import|export)\s+(?!type\b)(?:(\{[^}]*\}|[\w*\s,{}]+?)\s+from\s+)?'([^']+)';/gm;
  for (const [, names = '', from = ''] of text.matchAll(statement)) {
    const isTypesOnly = /^\{(\s*type\s+[^,}]+,?)+\s*\}$/.test(names.trim());
    if (isTypesOnly) continue;
    if (from.startsWith('.')) loadedWith(join(dirname(file), from), seen);
    else seen.add(from);
  }
  return seen;
};

test('starting the server loads no actions, network code or engine before the first call', () => {
  const loaded = [...loadedWith(join(src, 'cli', 'commands', 'serve.ts'))].map((file) =>
    file.startsWith(src) ? relative(src, file) : file,
  );
  expect(loaded).toContain('mcp/server/server.ts');
  const late = [
    /^catalogue\/(index|jobs|tasks|compute-|task-templates|machine-types|shapes)/,
    // The instructions name the endpoint before the first call.
    /^(client\/(?!endpoints)|engine\/|azure\/|tc3\/)/,
    /^mcp\/(execute|gate\/gate|registry\/tools|resources\/read-resource|render\/error-answer|actions|workflows)/,
    // Except zod, which the SDK loads.
    /^(undici|re2js|@azure)/,
  ];
  expect(loaded.filter((file) => late.some((pattern) => pattern.test(file)))).toEqual([]);
});
