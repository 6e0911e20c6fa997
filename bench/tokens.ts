/** Size of the tool list in a model's context: tokens of o200k, as JSON. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { isMain, type Measurement, printMeasurements } from './measurement.ts';

const root = join(import.meta.dirname, '..');
const program = join(root, 'dist', 'batch-mcp.js');

/** The list that a client gets with these options. */
const listWith = (args: readonly string[]): { readonly count: number; readonly tokens: number } => {
  const text = execFileSync(process.execPath, [program, 'tools', ...args], { encoding: 'utf8' });
  const list = JSON.parse(text) as readonly unknown[];
  return { count: list.length, tokens: encode(JSON.stringify(list)).length };
};

/** @returns the size for each selection of tools, compared with the default list */
export const benchTokens = (): readonly Measurement[] => {
  const azure = ['--azure-endpoint', 'https://account.region.batch.azure.com'];
  const full = listWith([]);
  const choices: readonly (readonly [string, readonly string[], number | undefined])[] = [
    ['default', [], 8_000],
    ['--tools chat', ['--tools', 'chat'], 3_500],
    ['--tools chat with file tools', ['--tools', 'chat', '--files-dir', root], 3_500],
    ['--tools file', ['--tools', 'file', '--files-dir', root], 1_300],
    ['--tools job,workflow', ['--tools', 'job,workflow'], 4_900],
    ['--tools azure', [...azure, '--tools', 'azure'], 2_000],
    ['--read-only', ['--read-only'], undefined],
    ['--schemas full', ['--schemas', 'full'], undefined],
  ];
  return choices.map(([what, args, maximum]) => {
    const { count, tokens } = listWith(args);
    return {
      what: `tool list, ${what}`,
      figure: `${tokens.toLocaleString('en')} tokens (${count} tools)`,
      reference: `default list ${full.tokens.toLocaleString('en')} tokens (${full.count} tools)`,
      ratio: tokens / full.tokens,
      goal: maximum === undefined ? '-' : `at most ${maximum.toLocaleString('en')} tokens`,
      ...(maximum !== undefined && { isMet: tokens <= maximum }),
    };
  });
};

if (isMain(import.meta.url)) printMeasurements('Tokens', benchTokens());
