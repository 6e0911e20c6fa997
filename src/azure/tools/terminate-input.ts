/** What AzureTerminateJob takes: the parameters of the cmdlet Invoke-AzTerminateJob under its names, and their rules. */
import * as z from 'zod';
import { Endpoint, JobId, time } from './fields.ts';

// A condition is compared as it is, and real ETags come without quotes. Visible ASCII keeps it inside its header.
const eTag = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'An ETag is visible ASCII, sent back exactly as it was read.');

// The service states no limit. A reason is shown in lists, so what is longer than a paragraph is a mistake.
const reason = z.string().min(1).max(1024);

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const shape = z.strictObject({
  Endpoint,
  JobId: JobId.optional(),
  InputObject: z
    .strictObject({ JobId: JobId.optional(), url: z.string().max(500).optional() })
    .refine((object) => (object.JobId === undefined) !== (object.url === undefined), {
      error: 'Give exactly one of JobId and url.',
    })
    .describe('Instead of JobId: { JobId } or { url } of the job.')
    .optional(),
  TerminationReason: reason.describe('Default UserTerminate.').optional(),
  Option: z
    .strictObject({ TerminationReason: reason.optional() })
    .describe('Instead: { TerminationReason }.')
    .optional(),
  JsonString: z.string().max(65_536).describe('Instead: {"terminateReason":"…"}.').optional(),
  JsonFilePath: z.string().min(1).max(1000).describe('Instead: file in the configured folder.').optional(),
  Force: z
    .boolean()
    .describe('End it although nodes have not stopped. Only when the user asks; never the first try.')
    .optional(),
  TimeOut: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .describe("Seconds the server may spend on the request; above 30 it uses 30. Not the job's end.")
    .optional(),
  IfMatch: eTag.describe('ETag; default: the one seen in the preview.').optional(),
  IfNoneMatch: eTag.optional(),
  IfModifiedSince: time.describe('Only if it HAS changed since.').optional(),
  IfUnmodifiedSince: time.optional(),
  ClientRequestId: z.string().regex(guid, 'A GUID without braces.').optional(),
  ReturnClientRequestId: z.boolean().optional(),
  Ocpdate: time.describe('Default: now.').optional(),
  WhatIf: z.boolean().describe('Show the request, send nothing.').optional(),
  PassThru: z.boolean().optional(),
  wait: z.boolean().describe('Wait up to 45 s for the end.').optional(),
});

const bodies = ['TerminationReason', 'Option', 'JsonString', 'JsonFilePath'] as const;
const conditions = ['IfMatch', 'IfNoneMatch', 'IfModifiedSince', 'IfUnmodifiedSince'] as const;
const allowedPairs = ['IfMatch+IfUnmodifiedSince', 'IfNoneMatch+IfModifiedSince'];

/**
 * The schema with its rules. Rules stand on the whole object so that the JSON schema stays flat.
 * Conditions: https://learn.microsoft.com/rest/api/batchservice/specifying-conditional-headers-for-batch-service-operations
 */
export const terminateInput = shape.superRefine((input, context) => {
  const given = (names: readonly (keyof typeof input)[]) => names.filter((name) => input[name] !== undefined);
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });

  if (given(['JobId', 'InputObject']).length !== 1) {
    refuse('JobId', 'Give exactly one of JobId and InputObject.');
  }
  const body = given(bodies);
  if (body.length > 1) {
    refuse(String(body[1]), `Give at most one of ${bodies.join(', ')}; there are ${body.join(' and ')}.`);
  }
  for (const name of given(['JsonString', 'JsonFilePath'])) {
    if (input.InputObject) {
      refuse(name, `${name} goes with JobId; with InputObject give TerminationReason or Option.`);
    }
  }
  const condition = given(conditions);
  if (condition.length > 1 && !allowedPairs.includes(condition.join('+'))) {
    refuse(
      String(condition[1]),
      `${condition.join(' and ')} may not stand together (the service answers MultipleConditionHeadersNotSupported). Allowed are one alone, IfMatch with IfUnmodifiedSince, or IfNoneMatch with IfModifiedSince.`,
    );
  }
  if (input.JsonString !== undefined) {
    const read = reasonOfJson(input.JsonString);
    if ('problem' in read) refuse('JsonString', read.problem);
  }
});

export type TerminateInput = z.output<typeof terminateInput>;

/** Whether the caller gave a condition of his own; then none is added to it. */
export const hasCondition = (input: TerminateInput): boolean =>
  conditions.some((name) => input[name] !== undefined);

const jsonBody = z.strictObject({ terminateReason: reason.optional() });

/**
 * Reads the JSON that is to be the body. Only the one field the service knows is let through.
 * @returns the reason, if there is one, or what is wrong
 */
export const reasonOfJson = (text: string): { readonly reason?: string } | { readonly problem: string } => {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return { problem: 'This is not JSON. Give for instance {"terminateReason":"over budget"}.' };
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
      ? 'In JSON the field is called terminateReason, not terminationReason (which is its name in the cmdlet).'
      : 'The JSON may hold nothing but terminateReason, a text of 1 to 1024 characters.',
  };
};

/** Name of the cmdlet's parameter set that the arguments make up. */
export const parameterSetOf = (input: TerminateInput): string => {
  if (input.JsonString !== undefined) return 'TerminateViaJsonString';
  if (input.JsonFilePath !== undefined) return 'TerminateViaJsonFilePath';
  const identity = input.InputObject ? 'ViaIdentity' : '';
  return input.Option ? `Terminate${identity}` : `Terminate${identity}Expanded`;
};
