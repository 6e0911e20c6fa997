/** Masks of this program among the arguments of a call: a client has copied an answer, and does not know the value. */
import type * as z from 'zod';
import type { Issue } from '../../shared/errors.ts';
import { isMasked } from '../../shared/mask-credentials.ts';
import { fieldOf, isSecretField, itemSchemaOf, objectSchemaOf } from '../schema/schema-walk.ts';

/** One issue for each value that is or contains a mask. A field of asterisks alone is the mask of another program. */
export const maskIssuesOf = (value: unknown, schema: z.ZodType | undefined, path = ''): readonly Issue[] => {
  if (typeof value === 'string') {
    const isSecret = schema !== undefined && isSecretField(schema);
    return isMasked(value) || (isSecret && /^\*+$/.test(value))
      ? [{ path, message: masked, code: 'InvalidParameterValue' }]
      : [];
  }
  if (Array.isArray(value)) {
    const item = itemSchemaOf(schema);
    return value.flatMap((part, index) => maskIssuesOf(part, item, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [];
  const object = objectSchemaOf(schema);
  return Object.entries(value).flatMap(([key, part]) =>
    maskIssuesOf(part, object && fieldOf(object, key), path === '' ? key : `${path}.${key}`),
  );
};

const masked =
  'It contains a mask: the value was hidden in an answer. Give the value itself, or ${env:NAME} where the operator allows it.';
