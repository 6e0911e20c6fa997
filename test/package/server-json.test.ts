/**
 * server.json, the entry in the MCP registry, follows the documented rules of its fields; they are repeated here because
 * a test cannot fetch the published schema.
 * @see https://github.com/modelcontextprotocol/registry/blob/main/docs/reference/server-json/generic-server-json.md
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { registryEntryOf } from '../../scripts/package-files.ts';
import { type Option, variableOf } from '../../src/cli/option.ts';
import { optionNames, options } from '../../src/cli/options.ts';
import { about, root } from './staged.ts';

const variable = z.strictObject({
  name: z.string(),
  description: z.string(),
  isRequired: z.boolean().optional(),
  isSecret: z.boolean().optional(),
  format: z.enum(['string', 'number', 'boolean', 'filepath']).optional(),
  default: z.string().optional(),
  placeholder: z.string().optional(),
  choices: z.array(z.string()).optional(),
});
const exactVersion = z.string().regex(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
const rules = z.strictObject({
  $schema: z.literal('https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json'),
  name: z
    .string()
    .min(3)
    .max(200)
    .regex(/^[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/),
  title: z.string().min(1).max(100),
  description: z.string().min(1).max(100),
  version: exactVersion,
  packages: z
    .array(
      z.strictObject({
        registryType: z.enum(['npm', 'pypi', 'oci', 'nuget', 'mcpb']),
        identifier: z.string(),
        version: exactVersion,
        runtimeHint: z.enum(['npx', 'uvx', 'docker', 'dnx']),
        transport: z.strictObject({ type: z.literal('stdio') }),
        environmentVariables: z.array(variable),
      }),
    )
    .optional(),
});
type Entry = z.infer<typeof rules>;
const written = JSON.parse(readFileSync(join(root, 'server.json'), 'utf8')) as Entry;
/** As it is written once the npm package is published. */
const server = registryEntryOf(about.name) as Entry;

test('server.json follows the rules of the registry, also with the npm package', () => {
  expect(rules.safeParse(written).error?.issues ?? []).toEqual([]);
  expect(rules.safeParse(server).error?.issues ?? []).toEqual([]);
});

test('server.json names no npm package until one is published', () => {
  const { packages: _, ...rest } = server;
  expect(written).toEqual(rest);
});

test('server.json and package.json have the same name and version', () => {
  const [npm] = server.packages ?? [];
  expect([server.name, server.version, npm?.identifier, npm?.version]).toEqual([
    about.mcpName,
    about.version,
    about.name,
    about.version,
  ]);
});

test('the program reads every variable of server.json, and only the keys are marked as secret', () => {
  const known = optionNames.flatMap((name) => {
    const option: Option = options[name];
    return [variableOf(name), ...(option.env ?? [])];
  });
  const variables = server.packages?.[0]?.environmentVariables ?? [];
  expect(
    variables
      .filter(({ isSecret }) => !isSecret)
      .map(({ name }) => name)
      .filter((name) => !known.includes(name)),
  ).toEqual([]);
  expect(variables.filter(({ isSecret }) => isSecret).map(({ name }) => name)).toEqual([
    'TENCENTCLOUD_SECRET_ID',
    'TENCENTCLOUD_SECRET_KEY',
    'TENCENTCLOUD_SESSION_TOKEN',
  ]);
});
