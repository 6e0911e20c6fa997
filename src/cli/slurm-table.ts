/** The file of --slurm-options: what the operator gives jobs on a cluster. No call can change it. */
import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { ConfigError } from '../shared/errors.ts';

/** No spaces and no leading hyphen: each value is part of one argument of `sbatch`. */
const value = z.string().regex(/^[\w.,:&|*()[\]@+=/][\w.,:&|*()[\]@+=/-]{0,199}$/, {
  error: 'must be a word of at most 200 characters, without spaces and not beginning with a hyphen',
});

/** Options of `sbatch` on which the engine depends. */
const reserved = [
  ...[
    'array',
    'comment',
    'job-name',
    'parsable',
    'output',
    'error',
    'input',
    'chdir',
    'export',
    'export-file',
  ],
  ...[
    'requeue',
    'no-requeue',
    'wrap',
    'wait',
    'test-only',
    'hold',
    'dependency',
    'clusters',
    'uid',
    'gid',
    'help',
  ],
  ...[
    'usage',
    'version',
    'quiet',
    'verbose',
    'open-mode',
    'ntasks',
    'nodes',
    'batch',
    'get-user-env',
    'bb',
    'bbf',
  ],
];

const option = z
  .string()
  .max(300)
  .regex(/^--[a-z][a-z0-9-]*(?:=[^\s].*)?$/, { error: 'must be a long option, such as --gres=gpu:1' })
  .refine(
    (text) => {
      const name = text.slice(2).split('=')[0] ?? '';
      // sbatch accepts an unambiguous beginning of a name as well.
      return !reserved.some((each) => each === name || (name.length > 1 && each.startsWith(name)));
    },
    { error: 'is an option that the engine sets itself' },
  );

const Resources = z.strictObject({
  partition: value.optional(),
  account: value.optional(),
  qos: value.optional(),
  constraint: value.optional(),
  reservation: value.optional(),
  options: z.array(option).max(50).optional(),
});

const Table = z.strictObject({
  defaults: Resources.optional(),
  /** By InstanceType. */
  instanceTypes: z.record(z.string(), Resources).optional(),
  /** By EnvId or EnvName. */
  environments: z.record(z.string(), Resources).optional(),
});

/** @throws ConfigError that names every invalid field */
export const readSlurmTable = async (file: string): Promise<z.output<typeof Table>> => {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? 'is not valid JSON' : `cannot be read: ${String(error)}`;
    throw new ConfigError(`--slurm-options: ${file} ${reason}.`);
  }
  const parsed = Table.safeParse(json);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.map(String).join('.') || 'the file'}: ${message}`,
  );
  throw new ConfigError(`--slurm-options: ${file} is not valid: ${problems.join('; ')}.`);
};
