/** Masks secrets in what goes out: by the marks of a schema, and by name where there is no schema. */
import * as z from 'zod';
import { fieldOf, innerOf, itemOf } from '../schema/schema-walk.ts';

export const mask = '***';

// Field names that hold a secret in this API or in what users put beside it (environment variables, tags).
const secretName =
  /pass(word|wd|phrase)?$|^pwd$|secret(_?key)?$|secret_?access_?key$|private_?key$|api_?key$|(access|auth|session|bearer|refresh|id)?_?token$|^authorization$|^credentials?$/i;
// These end in a secret word and are none: ids of requests and idempotency keys are needed to go on.
const plainNames = new Set(['ClientToken']);

/** Whether a field of that name is a secret by its name alone. */
export const isSecretName = (name: string): boolean => !plainNames.has(name) && secretName.test(name);

/**
 * Masks every secret in a value.
 * @param value arguments or an answer, as JSON
 * @param schema the schema it follows, where there is one; marked fields (`format: 'password'`) are masked
 * @returns a copy
 */
export const redact = <T>(value: T, schema?: z.ZodType): T =>
  // Masking keeps the shape; a mask is a text, as secrets are.
  mapSecrets(value, schema, hidden) as T;

/**
 * Replaces every secret in a value.
 * @param replace gets the secret and its path: `Job.Tasks[0].Authentications[0].SecretKey`
 * @returns a copy
 */
export const mapSecrets = (
  value: unknown,
  schema: z.ZodType | undefined,
  replace: (value: unknown, path: string) => unknown,
  path = '',
): unknown => {
  const inner = schema === undefined ? undefined : unwrapped(schema);
  if (inner !== undefined && isMarked(inner)) return replace(value, path);
  if (Array.isArray(value)) {
    const item = inner instanceof z.ZodArray ? itemOf(inner) : undefined;
    return value.map((part, index) => mapSecrets(part, item, replace, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      const at = path === '' ? key : `${path}.${key}`;
      if (isSecretName(key) || isSecretPair(value, key)) return [key, replace(part, at)];
      const field = inner instanceof z.ZodObject ? fieldOf(inner, key) : undefined;
      return [key, mapSecrets(part, field, replace, at)];
    }),
  );
};

/** What is absent stays absent, so that a reader sees whether a secret is set. A name of a variable is no secret. */
const hidden = (value: unknown): unknown =>
  value === null || value === undefined || value === '' || isReference(value) ? value : mask;

const isReference = (value: unknown): boolean =>
  typeof value === 'string' && /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/.test(value);

/** `{ Name: 'DB_PASSWORD', Value: '…' }` and `{ Key, Value }`: the secret's name stands beside it. */
const isSecretPair = (pair: object, key: string): boolean => {
  if (key !== 'Value') return false;
  const name = 'Name' in pair ? pair.Name : 'Key' in pair ? pair.Key : undefined;
  return typeof name === 'string' && isSecretName(name);
};

const isMarked = (schema: z.ZodType): boolean => schema.meta()?.format === 'password';

/** Without its wrappers; a mark on the way counts. */
const unwrapped = (schema: z.ZodType): z.ZodType => {
  const inner = innerOf(schema);
  return inner === undefined || isMarked(schema) ? schema : unwrapped(inner);
};
