/** What is written down about one action of the API, and the types which follow from it. */
import * as z from 'zod';
import { type ErrorCode, errorCodes } from './error-codes.ts';

/** What a call does to the account: the gate, the protocol hints and the resend rule follow from it. */
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
  /** What it does, when to use it, what it does not do. This is the tool's description: each word costs tokens. */
  readonly summary: string;
  /** The sentence a person reads before saying yes. Required for whatever can destroy. */
  readonly warning?: string;
  readonly group: Group;
  readonly effect: Effect;
  /**
   * Whether a second, equal call leaves things as the first one did. Decides what may be sent again.
   * It is about the state, not the answer: a second `DeleteJob` is refused with `ResourceNotFound.Job` and is idempotent
   * all the same. An action with a `ClientToken` is not, by itself; it is the token that makes sending it again safe.
   */
  readonly idempotent: boolean;
  /** The argument whose presence can make a `change` destroy something (ModifyComputeEnv shrinks). */
  readonly destroysWith?: string;
  /** Requests per second, per region and sub-account: the international figure, and the mainland one where known. */
  readonly rate: { readonly documented: number; readonly mainland?: number };
  readonly input: I;
  readonly output: O;
  readonly errors: E;
  /** The vendor's page. */
  readonly docs: string;
  readonly examples: readonly Example[];
}

/** `RequestId` is in every answer, so it is written once. */
const RequestId = z.string().describe('Id of this request; name it when asking the vendor for support.');

/**
 * Declares one action.
 * @param spec everything known about it; `output` without `RequestId`, which is added here
 * @returns the entry, frozen, with its literal types kept
 */
export const defineAction = <
  I extends z.ZodObject,
  O extends z.ZodObject,
  const E extends readonly ErrorCode[],
>(
  spec: ActionSpec<I, O, E>,
) =>
  Object.freeze({
    ...spec,
    // Inside a generic function the type of `extend` is that of the constraint: it forgets which fields O has.
    output: spec.output.extend({ RequestId }) as unknown as WithRequestId<O>,
  });

type WithRequestId<O extends z.ZodObject> = z.ZodObject<
  O['shape'] & { readonly RequestId: typeof RequestId },
  z.core.$loose
>;

export type Action = ReturnType<typeof defineAction>;

/**
 * Not-yet-known values are `null` in real answers, whatever the documentation says, so types of answers allow it.
 * Loose objects take any further field; their types name only the known ones, or every field would be `unknown`.
 */
export type Answer<T> = T extends readonly (infer U)[]
  ? Answer<U>[]
  : T extends object
    ? { [K in keyof T as string extends K ? never : number extends K ? never : K]: Answer<T[K]> | null }
    : T;

/**
 * Message of a schema check that answers with one of the API's own error codes.
 * zod keeps no extra data on its built-in checks, so the code travels in front of the text; `codeOfMessage` takes it off again.
 */
export const coded = (code: ErrorCode, text: string): string => `${code}: ${text}`;

/**
 * Takes a message of a schema check apart.
 * @returns the API's code, where the check has one of its own, and the text without it
 */
export const codeOfMessage = (message: string): { readonly code?: ErrorCode; readonly text: string } => {
  const end = message.indexOf(': ');
  const code = message.slice(0, Math.max(0, end));
  return isErrorCode(code) ? { code, text: message.slice(end + 2) } : { text: message };
};

const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(errorCodes, text);

/** Marks a field whose value must never be shown: redaction follows `format: 'password'`. */
export const secret = (description: string) => z.string().meta({ format: 'password', description });

/** One rule between the fields of an object, with the code the API answers with where it is broken. */
export interface Rule<T> {
  readonly code: ErrorCode;
  /** What would be right; a function where the text can name the culprit. */
  readonly text: string | ((value: T) => string);
  /** The field that is to blame, where it is one. */
  readonly path?: string;
  readonly holds: (value: T) => boolean;
}

/**
 * Adds rules between the fields of one object.
 * `.refine` keeps the JSON schema flat, which several model vendors demand.
 */
export const rule = <S extends z.ZodObject>(schema: S, ...rules: readonly Rule<z.output<S>>[]): S =>
  rules.reduce(
    (whole, { code, text, path, holds }) =>
      whole.refine(holds, {
        // zod hands the refused value back as unknown; it is what `holds` was given.
        error: (issue) => coded(code, typeof text === 'string' ? text : text(issue.input as z.output<S>)),
        ...(path ? { path: [path] } : {}),
      }),
    schema,
  );
