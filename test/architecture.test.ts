/** Rules on source files that no linter checks: length, first line, names, and who may touch stdout and the environment. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { root } from './paths.ts';

const src = join(root, 'src');
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.split(sep).join('/'))
  .sort();
const textOf = (file: string) => readFileSync(join(src, file), 'utf8');

/** Files whose text matches, except the allowed ones. */
const filesWith = (pattern: RegExp, ...allowed: string[]) =>
  files.filter((file) => !allowed.includes(file) && pattern.test(textOf(file)));

describe('the source files', () => {
  test('no file is longer than 300 lines', () => {
    expect(files.filter((file) => textOf(file).split('\n').length > 301)).toEqual([]);
  });

  test('every file begins with a doc comment that names its subject', () => {
    expect(files.filter((file) => !/^(#!.*\n)?\/\*\*/.test(textOf(file)))).toEqual([]);
  });

  test('no file has a name that says nothing, such as utils or helpers', () => {
    const vague = /(^|\/)(utils?|helpers?|manager|service|base|types|common)\.ts$/;
    expect(files.filter((file) => vague.test(file) && file !== 'catalogue/shapes/common.ts')).toEqual([]);
  });

  test('built-in modules are imported with the prefix node:', () => {
    expect(filesWith(/from '(fs|path|os|crypto|http|net|url|util|child_process)'/)).toEqual([]);
  });

  test('only src/cli/main.ts prints or ends the process, and only the log writes to the console', () => {
    expect(
      filesWith(/\bconsole\.(log|error|warn|info|debug|trace|table)\b/, 'cli/main.ts', 'shared/log.ts'),
    ).toEqual([]);
    // The server writes the protocol to stdout.
    expect(filesWith(/\bprocess\.stdout\b/, 'cli/main.ts', 'mcp/server/start.ts')).toEqual([]);
    expect(filesWith(/\bprocess\.exit\b(?!Code)/, 'cli/main.ts')).toEqual([]);
  });

  test('only src/cli/config.ts reads the environment', () => {
    expect(filesWith(/\bprocess\.env\b/, 'cli/config.ts')).toEqual([]);
  });
});
