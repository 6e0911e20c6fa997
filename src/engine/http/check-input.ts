/** An input checked by the catalogue, and what is wrong with it turned into one refusal in a fixed order. */
import type * as z from 'zod';
import { codeOfMessage } from '../../catalogue/action.ts';
import { type ErrorCode, errorCodes } from '../../catalogue/error-codes.ts';
import { type ActionName, actions, type InputOf } from '../../catalogue/index.ts';
import { coerce, isPlainObject } from './coerce.ts';
import { messageTemplates, Refusal } from './refusals.ts';

/**
 * Checks the parameters of a request.
 * The order is: unknown parameters, missing ones, wrong types, wrong values; within one kind, as the schema lists them.
 * The vendor does not publish an order; this one is that of its gateway's documentation of common errors.
 * @param parameters the JSON body or the rebuilt query
 * @returns the input, numbers and booleans brought to their types, without defaults added
 * @throws Refusal
 */
export const checkInput = <A extends ActionName>(action: A, parameters: unknown): InputOf<A> => {
  if (!isPlainObject(parameters))
    throw new Refusal('InvalidParameter', 'The parameters must be one JSON object.');
  const coerced = coerce(actions[action].input, singleFilter(action, parameters));
  const { success, data, error } = actions[action].input.safeParse(coerced, { reportInput: true });
  // zod's output of a schema without transforms is its input; the union over all actions hides that from TypeScript.
  if (success) return data as InputOf<A>;
  throw worstOf(error.issues, action);
};

/** The kinds of trouble in the order in which they are reported. */
const order = ['unknown', 'missing', 'type', 'value'] as const;

const worstOf = (issues: readonly z.core.$ZodIssue[], action: ActionName): Refusal => {
  for (const kind of order) {
    const issue = issues.find((candidate) => kindOf(candidate) === kind);
    if (issue) return refusalOf(issue, kind, action);
  }
  return new Refusal('InvalidParameter');
};

const kindOf = (issue: z.core.$ZodIssue): (typeof order)[number] => {
  if (issue.code === 'unrecognized_keys') return 'unknown';
  if (codeOfMessage(issue.message).code) return 'value';
  if (issue.code === 'custom') return 'value';
  if (issue.input === undefined) return 'missing';
  if (issue.code === 'invalid_type') return 'type';
  // A list of allowed texts reports anything else, a number too, as a wrong value.
  if (issue.code === 'invalid_value' && typeof issue.input !== 'string') return 'type';
  // The gateway reads counts as unsigned: to it, -1 is not a number of the right type.
  if (issue.code === 'too_small' && typeof issue.input === 'number' && issue.input < 0) return 'type';
  return 'value';
};

const refusalOf = (issue: z.core.$ZodIssue, kind: (typeof order)[number], action: ActionName): Refusal => {
  const path = issue.path.map(String);
  const name = path.join('.');
  switch (kind) {
    case 'unknown': {
      const keys = issue.code === 'unrecognized_keys' ? issue.keys : [];
      return new Refusal(
        'UnknownParameter',
        messageTemplates.notRecognized([...path, keys[0] ?? ''].join('.')),
      );
    }
    case 'missing':
      return new Refusal('MissingParameter', messageTemplates.missing(name));
    case 'type':
      return new Refusal('InvalidParameter', messageTemplates.typeNotValid(name));
    case 'value': {
      const { code, text } = codeOfMessage(issue.message);
      // A rule between fields without a place of its own is about the whole, which has no name.
      const said = name === '' ? text : `${saidOf(name, issue.input)} ${text}`;
      return new Refusal(listedOrParent(code ?? 'InvalidParameterValue', action), said);
    }
    default:
      return kind satisfies never;
  }
};

/** An action answers with the codes it lists and the common ones only; for any other, its common parent stands in. */
const listedOrParent = (code: ErrorCode, action: ActionName): ErrorCode => {
  const listed: readonly ErrorCode[] = actions[action].errors;
  if (listed.includes(code) || 'common' in errorCodes[code]) return code;
  const parent = code.slice(0, Math.max(0, code.indexOf('.')));
  return parent === 'InvalidParameterValue' ? parent : 'InvalidParameter';
};

/** Numbers and lists are named in the message; texts are not, because a text may be a password. */
const saidOf = (name: string, value: unknown): string => {
  if (typeof value === 'number' || typeof value === 'boolean')
    return messageTemplates.valueNotValid(name, String(value));
  if (Array.isArray(value) && value.length === 0) return messageTemplates.valueNotValid(name, '[]');
  return messageTemplates.valueOfNotValid(name);
};

/**
 * `Filters` of this one action is a single object in every SDK and was a list in the API's second version; both come in.
 */
const singleFilter = (action: ActionName, parameters: Record<string, unknown>): Record<string, unknown> => {
  const { Filters, ...others } = parameters;
  if (action !== 'DescribeComputeEnvActivities' || !Array.isArray(Filters)) return parameters;
  if (Filters.length > 1) {
    throw new Refusal('InvalidParameterValue', 'The parameter `Filters` of this action takes one filter.');
  }
  return Filters.length === 0 ? others : { ...others, Filters: Filters[0] };
};
