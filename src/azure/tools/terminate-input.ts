/** The arguments of AzureTerminateJob: the parameters of the cmdlet Invoke-AzTerminateJob under their names, and their rules. */
import * as z from 'zod';
import { Endpoint, JobId, time } from './fields.ts';

// A condition is compared verbatim, and the service's ETags have no quotes. Visible ASCII cannot break the header.
const eTag = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'An ETag is visible ASCII, passed exactly as it was read.');

// The service documents no limit. A reason is shown in lists, so more than a paragraph is a mistake.
const reason = z.string().min(1).max(1024);

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const shape = z.strictObject({
  Endpoint,
  JobId: JobId.optional(),
  InputObject: z
    .strictObject({ JobId: JobId.optional(), url: z.string().max(500).optional() })
    .refine((object) => (object.JobId === undefined) !== (object.url === undefined), {
      error: 'Pass exactly one of JobId and url.',
    })
    .describe('Instead of JobId: { JobId } or { url } of the job.')
    .optional(),
  TerminationReason: reason.describe('Default UserTerminate.').optional(),
  Option: z
    .strictObject({ TerminationReason: reason.optional() })
    .describe('Instead: { TerminationReason }.')
    .optional(),
  JsonString: z.string().max(65_536).describe('Instead: {"terminateReason":"…"}.').optional(),
  JsonFilePath: z.string().min(1).max(1000).describe('Instead: file in the configured directory.').optional(),
  Force: z
    .boolean()
    .describe(
      'Complete the job even if nodes have not stopped. Only if the user asks; never on the first attempt.',
    )
    .optional(),
  TimeOut: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .describe('Seconds the server may spend on the request, at most 30; not on ending the job.')
    .optional(),
  IfMatch: eTag.describe('ETag; default: that of the preview.').optional(),
  IfNoneMatch: eTag.optional(),
  IfModifiedSince: time.describe('Only if it HAS changed since.').optional(),
  IfUnmodifiedSince: time.optional(),
  ClientRequestId: z.string().regex(guid, 'A GUID without braces.').optional(),
  ReturnClientRequestId: z.boolean().optional(),
  Ocpdate: time.describe('Default: now.').optional(),
  WhatIf: z.boolean().describe('Show the request without sending it.').optional(),
  PassThru: z.boolean().optional(),
  wait: z.boolean().describe('Wait up to 45 s for the job to end.').optional(),
});

const bodies = ['TerminationReason', 'Option', 'JsonString', 'JsonFilePath'] as const;
const conditions = ['IfMatch', 'IfNoneMatch', 'IfModifiedSince', 'IfUnmodifiedSince'] as const;
const allowedPairs = ['IfMatch+IfUnmodifiedSince', 'IfNoneMatch+IfModifiedSince'];

/**
 * The schema with the rules between fields, which keep the JSON schema flat.
 * Conditions: https://learn.microsoft.com/rest/api/batchservice/specifying-conditional-headers-for-batch-service-operations
 */
export const terminateInput = shape.superRefine((input, context) => {
  const given = (names: readonly (keyof typeof input)[]) => names.filter((name) => input[name] !== undefined);
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });

  if (given(['JobId', 'InputObject']).length !== 1) {
    refuse('JobId', 'Pass exactly one of JobId and InputObject.');
  }
  const body = given(bodies);
  if (body.length > 1) {
    refuse(String(body[1]), `Pass at most one of ${bodies.join(', ')}, not ${body.join(' and ')}.`);
  }
  for (const name of given(['JsonString', 'JsonFilePath'])) {
    if (input.InputObject) {
      refuse(name, `${name} goes with JobId; with InputObject pass TerminationReason or Option.`);
    }
  }
  const condition = given(conditions);
  if (condition.length > 1 && !allowedPairs.includes(condition.join('+'))) {
    refuse(
      String(condition[1]),
      `${condition.join(' and ')} cannot be combined (the service returns MultipleConditionHeadersNotSupported). Use one, or IfMatch with IfUnmodifiedSince, or IfNoneMatch with IfModifiedSince.`,
    );
  }
  if (input.JsonString !== undefined) {
    const read = reasonOfJson(input.JsonString);
    if ('problem' in read) refuse('JsonString', read.problem);
  }
});

export type TerminateInput = z.output<typeof terminateInput>;

/** Whether the caller gave a condition; then none is added. */
export const hasCondition = (input: TerminateInput): boolean =>
  conditions.some((name) => input[name] !== undefined);

const jsonBody = z.strictObject({ terminateReason: reason.optional() });

/**
 * Parses the JSON body. Only the one field that the service supports is accepted.
 * @returns the reason, if any, or what is wrong
 */
export const reasonOfJson = (text: string): { readonly reason?: string } | { readonly problem: string } => {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return { problem: 'This is not JSON. Pass for instance {"terminateReason":"over budget"}.' };
  }
  const checked = jsonBody.safeParse(value);
  if (checked.success) {
    const { terminateReason } = checked.data;
    return terminateReason === undefined ? {} : { reason: terminateReason };
  }
  const isNearMiss =
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).some((key) => /^terminationreason$/i.test(key));
  return {
    problem: isNearMiss
      ? 'In JSON the field is called terminateReason, not terminationReason as in the cmdlet.'
      : 'The JSON may contain only terminateReason, a string of 1 to 1024 characters.',
  };
};

/** The cmdlet's parameter set that the arguments form. */
export const parameterSetOf = (input: TerminateInput): string => {
  if (input.JsonString !== undefined) return 'TerminateViaJsonString';
  if (input.JsonFilePath !== undefined) return 'TerminateViaJsonFilePath';
  const identity = input.InputObject ? 'ViaIdentity' : '';
  return input.Option ? `Terminate${identity}` : `Terminate${identity}Expanded`;
};
