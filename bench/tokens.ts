/** What the list of tools costs a model's context, in tokens of o200k, as JSON. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { isMain, printRows, type Row } from './row.ts';

const program = join(import.meta.dirname, '..', 'dist', 'batch-mcp.js');

/** The list as a client gets it with these options. */
const listWith = (args: readonly string[]): { readonly count: number; readonly tokens: number } => {
  const text = execFileSync(process.execPath, [program, 'tools', ...args], { encoding: 'utf8' });
  const list = JSON.parse(text) as readonly unknown[];
  return { count: list.length, tokens: encode(JSON.stringify(list)).length };
};

/** @returns a row for each choice of tools, beside the usual list */
export const benchTokens = (): readonly Row[] => {
  const azure = ['--azure-endpoint', 'https://account.region.batch.azure.com'];
  const usual = listWith([]);
  const choices: readonly (readonly [string, readonly string[], string])[] = [
    ['as it is usually given', [], 'at most 8,000 tokens'],
    ['jobs and workflows only', ['--tools', 'job,workflow'], 'at most 3,900 tokens'],
    ['Azure alone', [...azure, '--tools', 'azure'], 'at most 2,000 tokens'],
    ['only what reads', ['--read-only'], '-'],
    ['whole schemas', ['--schemas', 'full'], '-'],
  ];
  return choices.map(([what, args, goal]) => {
    const { count, tokens } = listWith(args);
    return {
      what: `list of tools, ${what}`,
      figure: `${tokens.toLocaleString('en')} tokens (${count} tools)`,
      beside: `usual list ${usual.tokens.toLocaleString('en')} tokens (${usual.count} tools)`,
      ratio: tokens / usual.tokens,
      goal,
    };
  });
};

if (isMain(import.meta.url)) printRows('Tokens', benchTokens());
