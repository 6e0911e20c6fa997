/** The table of parameters in docs/azure.md is complete, and each row names an existing test. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { azureResourceList, azureResourceTemplates, listableAzureTools } from '../../src/azure/index.ts';
import { root } from '../paths.ts';

const document = readFileSync(join(root, 'docs', 'azure.md'), 'utf8');
const rowsAfter = (heading: string): readonly (readonly string[])[] => {
  const [, rest = ''] = document.split(`${heading}\n`);
  const [table = ''] = rest.slice(rest.indexOf('\n|') + 1).split('\n\n');
  return table
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
};
const testNames = new Set(
  readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .flatMap((file) => [
      ...readFileSync(join(import.meta.dirname, file), 'utf8').matchAll(/\btest\('((?:[^'\\]|\\.)*)'/g),
    ])
    .map(([, name]) => name),
);

/** The parameters of Invoke-AzTerminateJob, from its documentation. */
const cmdletParameters = [
  '-ClientRequestId',
  '-Confirm',
  '-DefaultProfile',
  '-Endpoint',
  '-Force',
  '-IfMatch',
  '-IfModifiedSince',
  '-IfNoneMatch',
  '-IfUnmodifiedSince',
  '-InputObject',
  '-JobId',
  '-JsonFilePath',
  '-JsonString',
  '-Ocpdate',
  '-Option',
  '-PassThru',
  '-ReturnClientRequestId',
  '-TerminationReason',
  '-TimeOut',
  '-WhatIf',
  '<CommonParameters>',
];

describe('docs/azure.md', () => {
  const rows = rowsAfter('### The parameters of the cmdlet');

  test('each parameter of the cmdlet has one row', () => {
    expect(rows.map(([name = '']) => name.replaceAll('`', '')).sort()).toEqual(cmdletParameters);
  });

  test('each row names a test that exists', () => {
    expect(rows.map((row) => row[2]).filter((name) => !testNames.has(name ?? ''))).toEqual([]);
  });

  test('each argument of AzureTerminateJob is a parameter of the cmdlet, or an addition in lower case', () => {
    const tool = listableAzureTools.find(({ name }) => name === 'AzureTerminateJob');
    const others = Object.keys(tool?.input.shape ?? {}).filter(
      (name) => !cmdletParameters.includes(`-${name}`),
    );
    expect(others).toEqual(['wait']);
  });

  test('the documented tools and resources are those that exist', () => {
    expect(rowsAfter('## The tools').map(([name = '']) => name.replaceAll('`', ''))).toEqual(
      listableAzureTools.map(({ name }) => name),
    );
    const [, resources = ''] = document.match(/^Resources: (.*)\.$/m) ?? [];
    expect(resources.split(', ').map((uri) => uri.replaceAll('`', ''))).toEqual(
      [...azureResourceList, ...azureResourceTemplates].map(({ uri }) => uri),
    );
  });
});
