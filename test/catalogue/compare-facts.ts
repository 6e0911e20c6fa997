/** Compares the catalogue with the facts of the API, field by field; one line per difference. */
import * as z from 'zod';
import type { Action } from '../../src/catalogue/action.ts';

export interface FieldFacts {
  readonly type: string;
  readonly required?: boolean;
  readonly nullable?: boolean;
}
export type FieldsFacts = Readonly<Record<string, FieldFacts>>;
export interface ActionFacts {
  readonly group: string;
  readonly requestsPerSecond: number;
  readonly mainlandRequestsPerSecond?: number;
  readonly request: FieldsFacts;
  readonly response: FieldsFacts;
  readonly errors: readonly string[];
}
export interface Facts {
  readonly actions: Readonly<Record<string, ActionFacts>>;
  readonly types: Readonly<Record<string, FieldsFacts>>;
}

export type Schemas = Readonly<Record<string, z.ZodObject>>;

/** The schema without optional and nullable wrappers, which are compared separately. */
const unwrap = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
    ? unwrap(schema.unwrap() as z.ZodType)
    : schema;

const keysOf = (fields: object): string => Object.keys(fields).sort().join(' ');

/** The name of a schema in the facts. Objects are identified by their field names. */
const typeOf = (schema: z.ZodType, facts: Facts): readonly string[] => {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) {
    return typeOf(inner.element as z.ZodType, facts).map((name) => `${name}[]`);
  }
  if (inner instanceof z.ZodObject) {
    const names = Object.keys(facts.types).filter(
      (name) => keysOf(facts.types[name] ?? {}) === keysOf(inner.shape),
    );
    return names.length > 0 ? names : [`an object of ${keysOf(inner.shape)}`];
  }
  if (inner instanceof z.ZodNumber) return [inner.isInt ? 'integer' : 'float'];
  if (inner instanceof z.ZodBoolean) return ['boolean'];
  if (inner instanceof z.ZodString || inner instanceof z.ZodStringFormat || inner instanceof z.ZodEnum) {
    return ['string'];
  }
  return [inner.constructor.name];
};

const mark = (is: boolean, word: string) => (is ? word : `not ${word}`);

/** Differences between the fields of an object. `required` is compared for inputs only. */
const fieldDifferences = (
  where: string,
  expected: FieldsFacts,
  schema: z.ZodObject,
  facts: Facts,
  isInput: boolean,
): readonly string[] => [
  ...Object.keys(schema.shape)
    .filter((name) => !Object.hasOwn(expected, name))
    .map((name) => `${where}.${name}: not in the facts`),
  ...Object.entries(expected).flatMap(([name, fact]) => {
    const field: z.ZodType | undefined = schema.shape[name];
    if (field === undefined) return [`${where}.${name}: missing in the catalogue`];
    const found = typeOf(field, facts);
    const isRequired = !field.safeParse(undefined).success;
    const isNullable = field.safeParse(null).success;
    return [
      ...(found.includes(fact.type)
        ? []
        : [`${where}.${name}: is ${found.join(' or ')}, expected ${fact.type}`]),
      ...(!isInput || isRequired === (fact.required ?? false)
        ? []
        : [`${where}.${name}: is ${mark(isRequired, 'required')}`]),
      ...(isNullable === (fact.nullable ?? false)
        ? []
        : [`${where}.${name}: is ${mark(isNullable, 'nullable')}`]),
    ];
  }),
];

const listDifferences = (where: string, expected: readonly string[], found: readonly string[]) => [
  ...found.filter((name) => !expected.includes(name)).map((name) => `${where}: ${name} is not in the facts`),
  ...expected
    .filter((name) => !found.includes(name))
    .map((name) => `${where}: ${name} is missing in the catalogue`),
];

const actionDifferences = (name: string, expected: ActionFacts, action: Action, facts: Facts) => [
  ...fieldDifferences(`${name} request`, expected.request, action.input, facts, true),
  ...fieldDifferences(`${name} response`, expected.response, action.output, facts, false),
  ...listDifferences(`${name} errors`, expected.errors, action.errors),
  ...(action.group === expected.group
    ? []
    : [`${name}: group is ${action.group}, expected ${expected.group}`]),
  ...(action.rate.documented === expected.requestsPerSecond
    ? []
    : [`${name}: rate is ${action.rate.documented}, expected ${expected.requestsPerSecond}`]),
  ...(action.rate.mainland === expected.mainlandRequestsPerSecond
    ? []
    : [`${name}: mainland rate is ${action.rate.mainland}, expected ${expected.mainlandRequestsPerSecond}`]),
];

/** Types that occur in requests; fields of the others are never required. */
const inputTypes = (facts: Facts): ReadonlySet<string> => {
  const found = new Set<string>();
  const visit = (fields: FieldsFacts): void => {
    for (const { type } of Object.values(fields)) {
      const name = type.replace(/\[\]$/, '');
      const inner = facts.types[name];
      if (inner !== undefined && !found.has(name)) {
        found.add(name);
        visit(inner);
      }
    }
  };
  for (const { request } of Object.values(facts.actions)) visit(request);
  return found;
};

/**
 * @param facts the facts of the API
 * @param actions the catalogue's actions by name
 * @param types the catalogue's types by name
 * @returns one line per difference
 */
export const differencesOf = (
  facts: Facts,
  actions: Readonly<Record<string, Action>>,
  types: Schemas,
): readonly string[] => {
  const inputs = inputTypes(facts);
  return [
    ...listDifferences('actions', Object.keys(facts.actions), Object.keys(actions)),
    ...listDifferences('types', Object.keys(facts.types), Object.keys(types)),
    ...Object.entries(facts.actions).flatMap(([name, expected]) => {
      const action = actions[name];
      return action === undefined ? [] : actionDifferences(name, expected, action, facts);
    }),
    ...Object.entries(facts.types).flatMap(([name, expected]) => {
      const schema = types[name];
      return schema === undefined ? [] : fieldDifferences(name, expected, schema, facts, inputs.has(name));
    }),
  ];
};

/** Counts from the catalogue alone, independent of the facts. */
export const countsOf = (actions: Readonly<Record<string, Action>>, types: Schemas) => {
  const sum = (schemas: readonly z.ZodObject[]) =>
    schemas.reduce((total, { shape }) => total + Object.keys(shape).length, 0);
  const requests = sum(Object.values(actions).map(({ input }) => input));
  const responses = sum(Object.values(actions).map(({ output }) => output));
  const inTypes = sum(Object.values(types));
  return {
    actions: Object.keys(actions).length,
    types: Object.keys(types).length,
    requests,
    responses,
    inTypes,
    fields: requests + responses + inTypes,
  };
};
