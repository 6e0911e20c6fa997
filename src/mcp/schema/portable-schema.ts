/** zod → the subset of JSON Schema that every client accepts. */
import * as z from 'zod';
import type { JsonSchema } from '../contract/tool.ts';

/**
 * Emits one schema: object root, everything inlined, no tuples, no recursion, no type lists.
 * The reasons are clients that refuse or drop a tool otherwise: model vendors want no union at the root and no
 * `$ref`, editors want `items` on every array, some converters choke on `propertyNames` and exclusive bounds.
 * @throws Error for a schema that cannot be expressed; it would break the list of all tools
 */
export const portableSchemaOf = (schema: z.ZodObject, io: 'input' | 'output' = 'input'): JsonSchema => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    target: 'draft-2020-12',
    reused: 'inline',
    cycles: 'throw',
    unrepresentable: 'throw',
    override: ({ jsonSchema, zodSchema }) => simplify(jsonSchema, zodSchema._zod.def.type),
  });
  // toJSONSchema types its result as a class of known keywords; from here on it is plain JSON.
  return withSingleTypes(json) as JsonSchema;
};

const simplify = (schema: z.core.JSONSchema.BaseSchema, kind: string): void => {
  if (schema.type === 'integer') {
    if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
    if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
    if (typeof schema.exclusiveMinimum === 'number') {
      schema.minimum = schema.exclusiveMinimum + 1;
      delete schema.exclusiveMinimum;
    }
  }
  // zod emits a long pattern beside a format it knows.
  if (schema.format && schema.pattern) delete schema.pattern;
  // Gemini rejects a request with any other format, for instance `password`.
  if (schema.format !== 'date-time') delete schema.format;
  delete schema.propertyNames;
  delete schema.readOnly;
  if (schema.oneOf) {
    schema.anyOf = schema.oneOf;
    delete schema.oneOf;
  }
  if (schema.prefixItems) throw new Error('A tuple cannot be shown to every client; use an array.');
  if (kind === 'any' || kind === 'unknown')
    throw new Error('A field of any type cannot be shown to a client.');
};

const nameMaps = new Set(['properties', '$defs']);
const literals = new Set(['default', 'const', 'enum', 'examples', 'required']);

/** `type: ["string","null"]` → `anyOf`, since several converters know only one type. */
const withSingleTypes = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withSingleTypes);
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      nameMaps.has(key)
        ? Object.fromEntries(Object.entries(part).map(([name, field]) => [name, withSingleTypes(field)]))
        : literals.has(key)
          ? part
          : withSingleTypes(part),
    ]),
  );
  if (!Array.isArray(schema.type)) return schema;
  const { type, title, description, ...rest } = schema;
  return {
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    anyOf: type.map((one: unknown) => (one === 'null' ? { type: one } : { ...rest, type: one })),
  };
};

export interface CompactOptions {
  /** Paths with dots, array items without a mark, whose fields stay: `Job.Tasks.Application`. */
  readonly open: ReadonlySet<string>;
  /** Paths of rarely used fields that only the reference has. */
  readonly unlisted: ReadonlySet<string>;
  /** Arguments that are described elsewhere, for all tools. */
  readonly shared: ReadonlySet<string>;
  /** Path → the form of a nested argument, in place of its schema. */
  readonly forms: Readonly<Record<string, string>>;
  /** Where the complete schema can be read. */
  readonly reference: string;
}

/**
 * Shortens a schema for the list: nested objects lose their fields, except on the paths that stay open, and what the name
 * of a field says already is not described. Nothing is lost for the check before sending, which never uses this form.
 */
export const compactSchemaOf = (schema: JsonSchema, options: CompactOptions): JsonSchema => {
  // That nothing else is taken is said by the refusal; here it would cost as much as a short description.
  const { properties, additionalProperties: _, ...root } = asSchema(schema);
  const unlisted = new Set([...options.unlisted, ...options.shared]);
  return { ...root, properties: compactProperties(properties, '', { ...options, unlisted }) };
};

const compactProperties = (properties: unknown, at: string, options: CompactOptions): JsonSchema =>
  Object.fromEntries(
    Object.entries(asSchema(properties))
      .map(([name, field]) => ({ name, field, path: at === '' ? name : `${at}.${name}` }))
      .filter(({ path }) => !options.unlisted.has(path))
      .map(({ name, field, path }) => [name, compactField(asSchema(field), path, options)]),
  );

const compactField = (field: JsonSchema, path: string, options: CompactOptions): JsonSchema => {
  const { items, properties, required, description } = field;
  const isOpen = options.open.has(path);
  const form = Object.hasOwn(options.forms, path) ? options.forms[path] : undefined;
  if (form !== undefined)
    return {
      type: field.type,
      description: form,
      ...(field.type === 'array' && { items: { type: 'object' } }),
    };
  // One pointer for each argument is enough: what is closed inside an open object is found on the same page.
  const pointer = path.includes('.') ? '' : `See ${options.reference}.`;
  if (field.type === 'array') {
    const item = asSchema(items);
    const isShort = item.type === 'object' && !isOpen;
    return {
      ...described(
        withoutBounds(field),
        isShort ? shortDescriptionOf(description, item, pointer) : description,
      ),
      items: isShort ? { type: 'object' } : withoutEnum(compactField(item, path, options)),
    };
  }
  if (field.type !== 'object') return described(withoutBounds(field), description);
  // An object without fields hides nothing, so it needs no reference.
  if (Object.keys(asSchema(properties)).length === 0) return described({ type: 'object' }, description);
  if (!isOpen) return described({ type: 'object' }, shortDescriptionOf(description, field, pointer));
  return {
    ...described({ type: 'object' }, openDescriptionOf(description, pointer)),
    properties: compactProperties(properties, path, options),
    ...(required === undefined ? {} : { required }),
  };
};

const openDescriptionOf = (description: unknown, pointer: string): string =>
  typeof description === 'string' && !isObvious(description) ? `${description} ${pointer}`.trim() : pointer;

/** A list of names, such as states, is described; a wrong one is refused with the right ones. */
const withoutEnum = ({ enum: _, ...item }: JsonSchema): JsonSchema => item;

/** Descriptions that repeat the name of their field, or what a refusal or the preview of a call says. */
const obvious =
  /^(The [a-z ]+|What to run|(Display n|N)ame( of the [a-z]+)?|Purpose of the [a-z]+(; at most 200 bytes)?|From 0|Indexes from 0, at most 10; not with Offset|Number of nodes, 0 to 2000|The metric: usage in percent, traffic in bytes per second|End; both are clamped to the lifetime of the instance|Ids of the [a-z]+, at most 100(; not with Filters)?|Virtual machine, such as ins-1a2b3c4d|true only once the user has agreed|Code from the preview|Makes the call idempotent; generated if omitted)\.$/;

const isObvious = (description: string): boolean => description === '' || obvious.test(description);

const described = (schema: JsonSchema, description: unknown): JsonSchema => {
  const { description: _, ...rest } = schema;
  return typeof description === 'string' && !isObvious(description) ? { ...rest, description } : rest;
};

/** Bounds, patterns and formats are checked before sending, with a message that says what is right; in the list they only cost. */
const withoutBounds = (field: JsonSchema): JsonSchema => {
  const { minLength, maxLength, minItems, maxItems, minimum, maximum, pattern, format, ...rest } = field;
  return rest;
};

/** A description that shows the form of the object has said what it needs; the names of all its fields are enough, too. */
const shortDescriptionOf = (description: unknown, schema: JsonSchema, pointer: string): string => {
  const own = typeof description === 'string' && !isObvious(description) ? description : '';
  if (own.includes('{')) return own;
  const names = Array.isArray(schema.required) ? schema.required : [];
  const needs = names.length > 0 ? `Needs ${names.join(', ')}.` : '';
  const isComplete = names.length === Object.keys(asSchema(schema.properties)).length;
  return [own, needs, isComplete ? '' : pointer].filter(Boolean).join(' ');
};

// JSON Schema is JSON: every part that is looked into here is an object.
const asSchema = (value: unknown): JsonSchema => (value ?? {}) as JsonSchema;
