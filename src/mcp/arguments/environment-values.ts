/** `${env:NAME}` in a secret field: the value is put in on the way out, and the assistant never sees it. */
import type * as z from 'zod';
import { InputError, type Issue } from '../../shared/errors.ts';
import type { Fields } from '../contract/tool.ts';
import { mapSecrets, mask } from '../render/redact.ts';

export interface EnvironmentValues {
  /** Names the operator has allowed. */
  readonly allowed: readonly string[];
  readonly read: (name: string) => string | undefined;
}

export interface SubstitutedFields {
  readonly fields: Fields;
  /** The values that were put in: they must not come back in an answer. */
  readonly secrets: readonly string[];
}

const reference = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/;

/**
 * Puts in the values.
 * @param fields checked arguments
 * @param schema marks the secret fields; elsewhere the text stays as it is, because shells know it, too
 * @throws InputError for a name that is not allowed, or not set, and for a mask that came back from an answer of ours;
 *   nothing has been sent
 */
export const substituteEnvironment = (
  tool: string,
  fields: Fields,
  schema: z.ZodType,
  { allowed, read }: EnvironmentValues,
): SubstitutedFields => {
  const secrets: string[] = [];
  const issues: Issue[] = [];
  const filled = mapSecrets(fields, schema, (value, path) => {
    if (value === mask) {
      issues.push({
        path,
        message: 'It is masked. Put in the secret itself, or ${env:NAME} where that is allowed.',
      });
    }
    const name = typeof value === 'string' ? reference.exec(value)?.[1] : undefined;
    if (name === undefined) return value;
    const found = allowed.includes(name) ? read(name) : undefined;
    if (found !== undefined) {
      secrets.push(found);
      return found;
    }
    issues.push({
      path,
      message: allowed.includes(name)
        ? `The variable ${name} is not set where this server was started.`
        : `The variable ${name} is not allowed here; the operator allows names with --allow-env.`,
    });
    return value;
  });
  if (issues.length > 0) throw new InputError(tool, issues);
  // Only values are replaced, so fields stay fields.
  return { fields: filled as Fields, secrets };
};

/** Takes values that were put in out of an answer again, wherever the service repeats them. */
export const maskValues = <T>(value: T, secrets: readonly string[]): T =>
  // Only text is changed, so the shape stays.
  secrets.length === 0 ? value : (blanked(value, secrets) as T);

const blanked = (value: unknown, secrets: readonly string[]): unknown => {
  if (typeof value === 'string') {
    return secrets.reduce((text, secret) => (secret === '' ? text : text.replaceAll(secret, mask)), value);
  }
  if (Array.isArray(value)) return value.map((item) => blanked(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, blanked(part, secrets)]));
};
