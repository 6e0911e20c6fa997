/** Holds the layers: who may import whom, no circles, no long files, and who may touch stdout and the environment. */
import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './paths.ts';

const src = join(root, 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(sep).join('/'))
  .sort();
const textOf = (file: string) => readFileSync(join(src, file), 'utf8');

/** Which part of the program a file belongs to. */
const leaves = [
  'config.ts',
  'errors.ts',
  'help.ts',
  'log.ts',
  'once.ts',
  'option.ts',
  'options.ts',
  'version.ts',
];
const partOf = (file: string): string => {
  if (leaves.includes(file)) return 'leaf';
  const [first = '', second = ''] = file.split('/');
  return first === 'engine' && file.split('/').length > 2 ? `engine/${second}` : first;
};

/** Part → what it may import: other parts, packages, or `node:*`. A part may always import itself. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  catalogue: ['zod'],
  tc3: ['node:crypto'],
  leaf: ['catalogue', 'node:*', 'leven'],
  'reference.ts': ['catalogue', 'zod'],
  client: ['catalogue', 'tc3', 'leaf', 'undici', 'zod', 'node:*'],
  mcp: [
    'catalogue',
    'client',
    'azure',
    'reference.ts',
    'leaf',
    'zod',
    '@modelcontextprotocol/server',
    're2js',
    'leven',
    'node:*',
  ],
  azure: ['leaf', 'zod', '@azure-rest/core-client', '@azure/core-auth', '@azure/identity', 'node:*'],
  'engine/handlers': ['catalogue', 'engine', 'engine/model', 'engine/store', 'leaf', 'node:*'],
  'engine/model': ['catalogue'],
  'engine/store': ['catalogue', 'engine', 'engine/model', 'leaf', '@photostructure/sqlite', 'node:*'],
  'engine/run': ['catalogue', 'engine', 'engine/model', 'engine/store', 'leaf', 'tc3', 'node:*'],
  engine: [
    'catalogue',
    'tc3',
    'leaf',
    'engine/handlers',
    'engine/model',
    'engine/store',
    'engine/run',
    'zod',
    'node:*',
  ],
  commands: ['*'],
  'cli.ts': ['*'],
};

const importsOf = (file: string): readonly { target: string; typeOnly: boolean }[] =>
  [
    ...textOf(file).matchAll(
      /(?:^|\n)\s*(import|export)( type)?[^'"\n;]*?(?:\{[^}]*\})?[^'"\n;]*?from\s+'([^']+)'|import\(\s*'([^']+)'\s*\)|(?:^|\n)import\s+'([^']+)'/g,
    ),
  ].map((match) => ({ target: match[3] ?? match[4] ?? match[5] ?? '', typeOnly: match[2] !== undefined }));

const resolved = (file: string, target: string): string =>
  relative(src, join(src, dirname(file), target))
    .split(sep)
    .join('/');

const packageOf = (target: string): string =>
  target.startsWith('@') ? target.split('/').slice(0, 2).join('/') : (target.split('/')[0] ?? '');

test('no import leaves the layers', () => {
  const wrong: string[] = [];
  for (const file of files) {
    const part = partOf(file);
    const allowed = mayImport[part];
    if (!allowed) {
      wrong.push(`${file} is in no known part`);
      continue;
    }
    for (const { target, typeOnly } of importsOf(file)) {
      const isOurs = target.startsWith('.');
      const name = isOurs
        ? partOf(resolved(file, target))
        : target.startsWith('node:')
          ? target
          : packageOf(target);
      const fine =
        allowed.includes('*') ||
        name === part ||
        allowed.includes(name) ||
        (name.startsWith('node:') && allowed.includes('node:*')) ||
        // Types of the database vanish when compiled, so the pure parts and the face of the client may name them.
        (typeOnly && isOurs && part === 'engine/handlers' && name === 'engine/run');
      if (!fine) wrong.push(`${file} imports ${target}`);
      if (!isOurs && builtinModules.includes(target)) wrong.push(`${file} imports ${target} without node:`);
    }
  }
  expect(wrong).toEqual([]);
});

test('the client and the engine meet on a socket, never in code', () => {
  const pairs = files.flatMap((file) =>
    importsOf(file)
      .filter(({ target }) => target.startsWith('.'))
      .map(({ target }) => `${partOf(file).split('/')[0]}→${partOf(resolved(file, target)).split('/')[0]}`),
  );
  expect(
    pairs.filter((pair) =>
      ['client→engine', 'engine→client', 'mcp→engine', 'engine→mcp', 'mcp→tc3'].includes(pair),
    ),
  ).toEqual([]);
});

test('no imports go in a circle', () => {
  const graph = new Map(
    files.map((file) => [
      file,
      importsOf(file)
        .filter(({ target, typeOnly }) => target.startsWith('.') && !typeOnly)
        .map(({ target }) => resolved(file, target)),
    ]),
  );
  const done = new Set<string>();
  const circles: string[] = [];
  const walk = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) walk(next, [...path, file]);
    done.add(file);
  };
  for (const file of files) walk(file, []);
  expect(circles).toEqual([]);
});

test('no source file is longer than 300 lines, and each says its subject first', () => {
  expect(files.filter((file) => textOf(file).split('\n').length > 301)).toEqual([]);
  expect(files.filter((file) => !/^(#!.*\n)?\/\*\*/.test(textOf(file)))).toEqual([]);
});

test('no file has a name that says nothing', () => {
  const empty = /(^|\/)(utils?|helpers?|manager|service|base|types|common)\.ts$/;
  expect(files.filter((file) => empty.test(file) && file !== 'catalogue/shapes/common.ts')).toEqual([]);
});

test('only the command line prints, and only the configuration reads the environment', () => {
  const uses = (pattern: RegExp, ...allowed: string[]) =>
    files.filter((file) => !allowed.includes(file) && pattern.test(textOf(file)));
  expect(uses(/\bconsole\.(log|error|warn|info|debug|trace|table)\b/, 'cli.ts', 'log.ts')).toEqual([]);
  expect(uses(/\bprocess\.stdout\b/, 'cli.ts')).toEqual([]);
  expect(uses(/\bprocess\.env\b/, 'config.ts')).toEqual([]);
  expect(uses(/\bprocess\.exit\b/, 'cli.ts')).toEqual([]);
});
