/** `${env:NAME}` in a field: the value is filled in before sending, and the assistant never sees it. */
import * as z from 'zod';
import { fieldOf, innermostOf, isSecretField, itemOf } from '../../catalogue/schema-walk.ts';
import { InputError, type Issue } from '../../shared/errors.ts';
import type { Fields } from '../contract/tool.ts';
import { isSecretName, isVariableList } from '../render/redact.ts';

/** A variable, and a field that may reference it. */
export interface AllowedVariable {
  readonly name: string;
  /**
   * The end of the field's path, without indexes: `Docker.Password`, `ComputeEnv.EnvData.LoginSettings.Password`. A
   * variable of a task goes by its name: `EnvVars.DB_PASSWORD`. Empty: the fields that are marked secret.
   */
  readonly field: string;
}

export interface EnvironmentValues {
  /** What the operator has allowed. */
  readonly allowed: readonly AllowedVariable[];
  readonly read: (name: string) => string | undefined;
}

export interface SubstitutedFields {
  readonly fields: Fields;
  /** The values that were filled in: they must not come back in an answer. */
  readonly secrets: readonly string[];
}

/** The values of all variables that a field may reference. */
export const secretsOf = ({ allowed, read }: EnvironmentValues): readonly string[] =>
  allowed.flatMap(({ name }) => read(name) ?? []);

const reference = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/;

/**
 * Fills in the values.
 * A reference stays as it is in an ordinary field for which nothing was allowed; in a secret field it is refused.
 * @param fields checked arguments
 * @param schema marks the secret fields
 * @throws InputError for a variable that is not allowed in its field, or not set; nothing has been sent
 */
export const substituteEnvironment = (
  tool: string,
  fields: Fields,
  schema: z.ZodType,
  { allowed, read }: EnvironmentValues,
): SubstitutedFields => {
  const secrets: string[] = [];
  const issues: Issue[] = [];
  const substituted = mapStrings(fields, schema, (text, place) => {
    const name = reference.exec(text)?.[1];
    if (name === undefined) return text;
    const isAllowed = allowed.some((one) => one.name === name && isInField(place, one.field));
    if (!isAllowed && !place.isSecret && !allowed.some((one) => one.name === name)) return text;
    const value = isAllowed ? read(name) : undefined;
    if (value === undefined) {
      issues.push({
        path: place.path,
        message: isAllowed ? unsetMessage(name) : refusedMessage(name, place),
      });
      return text;
    }
    secrets.push(value);
    return value;
  });
  if (issues.length > 0) throw new InputError(tool, issues);
  // Only strings are replaced, so fields stay fields.
  return { fields: substituted as Fields, secrets };
};

const unsetMessage = (name: string): string =>
  `The variable ${name} is not set where this server was started.`;

const refusedMessage = (name: string, { fieldPath }: Place): string =>
  `The variable ${name} must not be used in this field. The operator allows it with --allow-env ${name}=${fieldPath}.`;

interface Place {
  /** `Job.Tasks[0].EnvVars[1].Value`. */
  readonly path: string;
  /** `Job.Tasks.EnvVars.DB_PASSWORD`. */
  readonly fieldPath: string;
  /** Name of the variable whose value it is. */
  readonly variable?: string | undefined;
  readonly isSecret: boolean;
}

/**
 * Whether a value is in the field that was allowed: its path ends with it, or passes through it.
 * The name of a variable is the caller's choice, so it counts only below its list: one called `Password` is no password
 * field.
 */
const isInField = ({ fieldPath, variable, isSecret }: Place, field: string): boolean => {
  if (field === '') return isSecret;
  const list = variable === undefined ? fieldPath : fieldPath.slice(0, -(variable.length + 1));
  const isNamed = variable !== undefined && `.${field}`.endsWith(`.EnvVars.${variable}`);
  return `.${list}.`.includes(`.${field}.`) || (isNamed && `.${fieldPath}`.endsWith(`.${field}`));
};

const mapStrings = (
  value: unknown,
  schema: z.ZodType | undefined,
  replace: (text: string, place: Place) => string,
  place: Place = { path: '', fieldPath: '', isSecret: false },
): unknown => {
  const isSecret = place.isSecret || (schema !== undefined && isSecretField(schema));
  if (typeof value === 'string') return replace(value, { ...place, isSecret });
  const inner = schema && innermostOf(schema);
  if (Array.isArray(value)) {
    const item = inner instanceof z.ZodArray ? itemOf(inner) : undefined;
    return value.map((part, index) =>
      mapStrings(part, item, replace, { ...place, path: `${place.path}[${index}]` }),
    );
  }
  if (typeof value !== 'object' || value === null) return value;
  const isListed = isVariableList(place.fieldPath.split('.').at(-1) ?? '');
  const variable = isListed ? nameIn(value) : undefined;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => {
      const field = inner instanceof z.ZodObject ? fieldOf(inner, key) : undefined;
      const isVariable = variable !== undefined && key === 'Value';
      const at: Place = {
        path: joined(place.path, key),
        fieldPath: joined(place.fieldPath, isVariable ? variable : key),
        variable: isVariable ? variable : undefined,
        isSecret: (isListed && key === 'Value') || isSecretName(key),
      };
      return [key, mapStrings(part, field, replace, at)];
    }),
  );
};

const nameIn = (variable: object): string | undefined => {
  const name: unknown = Reflect.get(variable, 'Name');
  // With a dot it could look like the path of another field.
  return typeof name === 'string' && /^\w+$/.test(name) ? name : undefined;
};

const joined = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);
