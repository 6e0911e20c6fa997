/** The catalogue entry of one action of the API, and the types derived from it. */
import * as z from 'zod';
import { type ErrorCode, errorCodes } from './error-codes.ts';

/** What a call does to the account. The gate, the MCP annotations and the retry policy are derived from it. */
export type Effect = 'read' | 'create' | 'change' | 'destroy';
export type Group = 'job' | 'task-template' | 'compute-env' | 'machine-type';

export interface Example {
  readonly title: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly output: Readonly<Record<string, unknown>>;
}

export interface ActionSpec<
  I extends z.ZodObject = z.ZodObject,
  O extends z.ZodObject = z.ZodObject,
  E extends readonly ErrorCode[] = readonly ErrorCode[],
> {
  readonly title: string;
  /** What it does, when to use it, what it does not do. This is the tool's description, so every word costs tokens. */
  readonly summary: string;
  /** Shown to the user before they confirm the call. Required for every action that can destroy. */
  readonly warning?: string;
  readonly group: Group;
  readonly effect: Effect;
  /**
   * Whether repeating a call leaves the same state as the first call; decides what may be retried.
   * This is about state, not answers: a second `DeleteJob` fails with `ResourceNotFound.Job` and is still idempotent.
   * An action with a `ClientToken` is not idempotent itself; the token makes repeating a call safe.
   */
  readonly idempotent: boolean;
  /** The argument whose presence can make a `change` destroy something (ModifyComputeEnv shrinks). */
  readonly destroysWith?: string;
  /** The argument with the id of the resource that the call acts on: `JobId`. */
  readonly targetArgument?: keyof I['shape'] & string;
  /** The field of the output with the id of the created resource: `JobId`. */
  readonly creates?: keyof O['shape'] & string;
  /** The field of the output with the list, for actions that return one. */
  readonly list?: keyof O['shape'] & string;
  /**
   * Error codes which mean that the effect has been reached: the target is deleted, has ended or is terminating. After a
   * lost response they show that the first request was probably executed.
   */
  readonly alreadyDone?: readonly ErrorCode[];
  /** Whether it changes jobs that have ended (retries or deletes them), so subscriptions have to read them again. */
  readonly changesEnded?: true;
  /** Paths of nested arguments whose fields remain in the compact schema, because they are used most often. */
  readonly openArguments?: readonly string[];
  /** Paths of nested arguments that the compact schema leaves out, because they are used rarely; the reference has them. */
  readonly unlistedArguments?: readonly string[];
  /** Paths of nested arguments that the compact schema shows as one description of their form, which is shorter than a schema. */
  readonly listedForms?: Readonly<Record<string, string>>;
  /** Requests per second, per region and sub-account; `mainland` where the mainland pages document another figure. */
  readonly rate: { readonly documented: number; readonly mainland?: number };
  readonly input: I;
  readonly output: O;
  readonly errors: E;
  /** URL of the vendor's documentation. */
  readonly docs: string;
  readonly examples: readonly Example[];
}

/** Part of every answer. */
const RequestId = z.string().describe('Id of this request, for support by the vendor.');

/**
 * Declares one action.
 * @param spec the entry; `output` without `RequestId`, which is added here
 * @returns the frozen entry with its literal types
 */
export const defineAction = <
  I extends z.ZodObject,
  O extends z.ZodObject,
  const E extends readonly ErrorCode[],
  const F extends Effect,
  const D extends string = never,
>(
  spec: ActionSpec<I, O, E> & { readonly effect: F; readonly destroysWith?: D },
) =>
  Object.freeze({
    ...spec,
    // In a generic function `extend` has the type of the constraint, which does not include the fields of O.
    output: spec.output.extend({ RequestId }) as unknown as WithRequestId<O>,
  });

type WithRequestId<O extends z.ZodObject> = z.ZodObject<
  O['shape'] & { readonly RequestId: typeof RequestId },
  z.core.$loose
>;

export type Action = ReturnType<typeof defineAction>;

/**
 * Real answers contain `null` for values that are not known yet, contrary to the documentation, so every field may be
 * null. Loose objects accept further fields; the index signature is removed, because it would make every field `unknown`.
 */
export type Answer<T> = T extends readonly (infer U)[]
  ? Answer<U>[]
  : T extends object
    ? { [K in keyof T as string extends K ? never : number extends K ? never : K]: Answer<T[K]> | null }
    : T;

/**
 * The message of a schema check that maps to an error code of the API.
 * zod's built-in checks carry no extra data, so the code is prefixed to the text; `codeOfMessage` separates them.
 */
export const coded = (code: ErrorCode, text: string): string => `${code}: ${text}`;

/**
 * Splits a message of a schema check.
 * @returns the API's error code, if the message has one, and the text without it
 */
export const codeOfMessage = (message: string): { readonly code?: ErrorCode; readonly text: string } => {
  const end = message.indexOf(': ');
  const code = message.slice(0, Math.max(0, end));
  return isErrorCode(code) ? { code, text: message.slice(end + 2) } : { text: message };
};

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(errorCodes, text);

/** A string that must never be shown: redaction is driven by `format: 'password'`. */
export const secret = (description: string) => z.string().meta({ format: 'password', description });

/** A constraint between fields of an object, with the error code of the API for violations. */
export interface Rule<T> {
  readonly code: ErrorCode;
  /** The message; a function if it names the offending value. */
  readonly text: string | ((value: T) => string);
  /** The offending field, if there is a single one. */
  readonly path?: string;
  readonly holds: (value: T) => boolean;
}

/**
 * Adds constraints between the fields of an object.
 * `.refine` keeps the JSON schema flat, as several model vendors require.
 */
export const rule = <S extends z.ZodObject>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S =>
  rules.reduce(
    (whole, { code, text, path, holds }) =>
      whole.refine(holds, {
        // zod types the rejected value as unknown; it is the value that `holds` received.
        error: (issue) => coded(code, typeof text === 'string' ? text : text(issue.input as z.output<S>)),
        ...(path ? { path: [path] } : {}),
      }),
    schema,
  );
