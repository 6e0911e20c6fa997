/** Visits the nested fields of a schema and collects the error codes of its checks. */
import * as z from 'zod';
import { codeOfMessage } from '../../src/catalogue/action.ts';
import type { ErrorCode } from '../../src/catalogue/error-codes.ts';

export interface Visit {
  /** `Job.Tasks[].Application`; empty for the root. */
  readonly path: string;
  readonly schema: z.ZodType;
}

/** The schema and all nested ones, including wrappers (optional, nullable). */
export const visitsOf = (schema: z.ZodType, path = ''): readonly Visit[] => {
  const here = { path, schema };
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) {
    return [here, ...visitsOf(schema.unwrap() as z.ZodType, path)];
  }
  if (schema instanceof z.ZodArray) return [here, ...visitsOf(schema.element as z.ZodType, `${path}[]`)];
  if (schema instanceof z.ZodObject) {
    const fields = Object.entries(schema.shape) as readonly (readonly [string, z.ZodType])[];
    return [here, ...fields.flatMap(([name, field]) => visitsOf(field, path ? `${path}.${name}` : name))];
  }
  return [here];
};

/** The paths of fields without a description, neither on the field nor on a wrapper around it. */
export const undescribedOf = (schema: z.ZodType): readonly string[] => {
  const visits = visitsOf(schema).filter(({ path }) => path !== '' && !path.endsWith('[]'));
  const described = new Set(visits.filter((visit) => visit.schema.description).map(({ path }) => path));
  return [...new Set(visits.map(({ path }) => path))].filter((path) => !described.has(path));
};

/** Input for checks whose message is a function. */
const emptyJob = { input: { Tasks: [], Dependences: [] } };

const messageOf = (error: unknown): string | undefined => {
  const message: unknown = typeof error === 'function' ? error(emptyJob) : error;
  return typeof message === 'string' ? message : undefined;
};

/** The error codes of the checks of a schema and its nested schemas. */
export const checkedCodesOf = (schema: z.ZodType): ReadonlySet<ErrorCode> =>
  new Set(
    visitsOf(schema)
      .flatMap(({ schema: { def } }) => [
        def.error,
        ...(def.checks ?? []).map((check) => check._zod.def.error),
      ])
      .flatMap((error) => messageOf(error) ?? [])
      .flatMap((message) => codeOfMessage(message).code ?? []),
  );
