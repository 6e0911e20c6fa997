/** Masks secrets in what goes out: by the marks of a schema, by name, and every value of an environment variable. */
import type * as z from 'zod';
import { fieldOf, isSecretField, itemSchemaOf, objectSchemaOf } from '../../catalogue/schema-walk.ts';
import { mask, maskCredentials } from '../../shared/mask-credentials.ts';
import { isUntrustedText, untrustedText } from '../contract/untrusted-text.ts';

/** Environment variables of tasks whose values are shown: by name, or all of them. */
export type ShownVariables = 'all' | readonly string[];

// Field names that hold a secret in this API or in what users put beside it (tags, metadata).
const secretName =
  /pass(word|wd|phrase)?$|^pwd$|secret(_?key)?$|secret_?access_?key$|(private|account|shared)_?key$|api_?key$|(access|auth|session|bearer|refresh|id)?_?token$|^authorization$|^credentials?$/i;
// These end in a secret word and are none: ids of requests and idempotency keys are needed to continue.
const plainNames = new Set(['ClientToken']);

/** Whether a field of that name is a secret by its name alone. */
export const isSecretName = (name: string): boolean => !plainNames.has(name) && secretName.test(name);

/**
 * Masks every secret in a value, and credentials inside its strings.
 * @param value arguments or an answer, as JSON
 * @param schema the schema it follows, where there is one; marked fields (`format: 'password'`) are masked
 * @param shown variables whose values the operator allows to be shown
 * @returns a copy
 */
export const redact = <T>(value: T, schema?: z.ZodType, shown: ShownVariables = []): T =>
  // Masking keeps the shape; a mask is a string, as secrets are.
  redacted(value, schema, shown) as T;

const redacted = (value: unknown, schema: z.ZodType | undefined, shown: ShownVariables): unknown => {
  if (schema !== undefined && isSecretField(schema)) return hidden(value);
  if (typeof value === 'string') return maskCredentials(value);
  if (Array.isArray(value)) {
    const item = itemSchemaOf(schema);
    return value.map((part) => redacted(part, item, shown));
  }
  if (typeof value !== 'object' || value === null) return value;
  if (isUntrustedText(value)) return untrustedText(maskCredentials(value.text), value.label, value.lineForm);
  const object = objectSchemaOf(schema);
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      if (isSecretName(key) || isSecretPair(value, key)) return [key, hidden(part)];
      if (isVariableList(key) && Array.isArray(part)) {
        return [key, part.map((variable: unknown) => withoutValue(variable, shown))];
      }
      return [key, redacted(part, object && fieldOf(object, key), shown)];
    }),
  );
};

/** Whether a field of that name lists environment variables: `EnvVars`, and Azure's `environmentSettings`. */
export const isVariableList = (key: string): boolean => /^EnvVars$|environmentSettings$/i.test(key);

/** What is absent stays absent, so that a reader sees whether a secret is set. A reference to a variable is no secret. */
const hidden = (value: unknown): unknown =>
  value === null || value === undefined || value === '' || isReference(value) ? value : mask;

const isReference = (value: unknown): boolean =>
  typeof value === 'string' && /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/.test(value);

/** `{ Name: 'A', Value: '…' }` with its value masked. What a variable holds cannot be known from its name. */
const withoutValue = (variable: unknown, shown: ShownVariables): unknown => {
  if (typeof variable !== 'object' || variable === null) return hidden(variable);
  const name = nameOfPair(variable);
  const isShown = shown === 'all' || (name !== undefined && shown.includes(name));
  return Object.fromEntries(
    Object.entries(variable).map(([key, part]) => [
      key,
      // The operator named this variable, so nothing in its value is masked.
      /^value$/i.test(key) && !isShown ? hidden(part) : part,
    ]),
  );
};

/** `{ Name: 'DB_PASSWORD', Value: '…' }` and `{ Key, Value }`: the name of the secret is in the field beside it. */
const isSecretPair = (pair: object, key: string): boolean => {
  if (key !== 'Value' && key !== 'value') return false;
  const name = nameOfPair(pair);
  return name !== undefined && isSecretName(name);
};

const nameOfPair = (pair: object): string | undefined => {
  const name = ['Name', 'Key', 'name', 'key'].map((field): unknown => Reflect.get(pair, field)).find(Boolean);
  return typeof name === 'string' ? name : undefined;
};

/** Masks values that must not appear, such as those filled in for `${env:NAME}`, wherever they are in a value. */
export const maskValues = <T>(value: T, secrets: readonly string[]): T => {
  // Masking one or two characters would tear up every text and hide nothing.
  const long = secrets.filter((secret) => secret.length > 3);
  // Only strings are changed, so the shape stays.
  return long.length === 0 ? value : (withoutValues(value, long) as T);
};

const withoutValues = (value: unknown, secrets: readonly string[]): unknown => {
  if (typeof value === 'string')
    return secrets.reduce((text, secret) => text.replaceAll(secret, mask), value);
  if (Array.isArray(value)) return value.map((item) => withoutValues(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  if (isUntrustedText(value)) {
    return untrustedText(
      secrets.reduce((text, secret) => text.replaceAll(secret, mask), value.text),
      value.label,
      value.lineForm,
    );
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, withoutValues(part, secrets)]));
};
