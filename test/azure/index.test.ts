import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { encode } from 'gpt-tokenizer/encoding/o200k_base';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { missingIdentity } from '../../src/azure/http/identity.ts';
import { listableAzureTools } from '../../src/azure/index.ts';
import { root } from '../paths.ts';

describe('the list of Azure tools', () => {
  test('there are seven tools, in this order, each with its effect', () => {
    expect(
      listableAzureTools.map(
        ({ name, effect, idempotent }) => `${name} ${effect}${idempotent ? ', idempotent' : ''}`,
      ),
    ).toEqual([
      'AzureListJobs read, idempotent',
      'AzureGetJob read, idempotent',
      'AzureListTasks read, idempotent',
      'AzureReadTaskFile read, idempotent',
      'AzureDisableJob destroy, idempotent',
      'AzureEnableJob change, idempotent',
      'AzureTerminateJob destroy',
    ]);
  });

  test('all of them together cost at most 2,000 tokens in a list, with every limit and nested field', () => {
    const listed = listableAzureTools.map((tool) => {
      const { $schema: _, ...schema } = z.toJSONSchema(tool.input, { io: 'input' });
      const additions = {
        ...(tool.gate !== undefined && { confirm: { type: 'boolean' }, preview: { type: 'string' } }),
        ...(tool.hasDetail && { detail: { type: 'string', enum: ['concise', 'full'] } }),
      };
      return {
        name: tool.name,
        title: tool.title,
        description: tool.description,
        inputSchema: { ...schema, properties: { ...schema.properties, ...additions } },
        outputSchema: { type: 'object' },
        annotations: { readOnlyHint: true, destructiveHint: true, idempotentHint: true },
      };
    });
    expect(encode(JSON.stringify(listed)).length).toBeLessThanOrEqual(2000);
  });

  test('every input schema is a flat object without unions and references', () => {
    for (const { name, input } of listableAzureTools) {
      const schema = z.toJSONSchema(input, { io: 'input' });
      expect(schema.type, name).toBe('object');
      expect(JSON.stringify(schema), name).not.toMatch(/"(anyOf|oneOf|allOf|\$ref|prefixItems)"/);
    }
  });

  test('no Azure library is loaded before the first call', async () => {
    const { metafile } = await build({
      entryPoints: [join(root, 'src', 'azure', 'index.ts')],
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      write: false,
      metafile: true,
    });
    const imports = Object.values(metafile.inputs)
      .flatMap((input) => input.imports)
      .filter(({ path }) => !path.startsWith('src/') && !path.startsWith('node:'))
      .map(({ path, kind }) => `${kind} ${path}`);
    expect([...new Set(imports)].sort()).toEqual([
      'dynamic-import @azure-rest/core-client',
      'dynamic-import @azure/identity',
      'import-statement zod',
    ]);
  });

  test('the package versions are those that run on Node 20, and the sign-in is optional', () => {
    const { dependencies, optionalDependencies, devDependencies } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    );
    expect([
      dependencies['@azure-rest/core-client'],
      dependencies['@azure/core-auth'],
      dependencies['@azure/identity'],
      optionalDependencies['@azure/identity'],
      devDependencies['@azure/batch'],
    ]).toEqual(['2.7.0', '1.10.1', undefined, '4.13.1', '10.2.0']);
    expect(missingIdentity).toContain('npm install @azure/identity@4.13.1');
  });
});
