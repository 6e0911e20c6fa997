/** Converts the arguments of AzureTerminateJob to one request, with warnings about them. */
import { InputError, type Issue } from '../../shared/errors.ts';
import type { Endpoint } from '../http/endpoint.ts';
import type { AzureCall } from '../http/request.ts';
import type { Wire } from '../http/wire.ts';
import { httpTimeOf, JobId, timeOf } from './fields.ts';
import { readJsonFile } from './json-file.ts';
import { hasCondition, parameterSetOf, reasonOfJson, type TerminateInput } from './terminate-input.ts';

export interface TerminatePlan {
  readonly jobId: string;
  readonly endpoint: Endpoint;
  readonly parameterSet: string;
  /** The reason that is sent; the service's default is UserTerminate. */
  readonly reason: string | undefined;
  readonly hasCondition: boolean;
  readonly clientRequestId: string;
  /** Warnings about arguments that are allowed but probably not intended. */
  readonly warnings: readonly string[];
  /** The request; conditional on the ETag of the preview unless the caller gave a condition. */
  call(seenETag: string | undefined): AzureCall;
}

export const terminateName = 'AzureTerminateJob';

// https://learn.microsoft.com/rest/api/batchservice/authenticate-requests-to-the-azure-batch-service
const clockToleranceMs = 15 * 60_000;

/**
 * Creates the plan. Reads the file of JsonFilePath; sends nothing.
 * @throws InputError for errors that depend on the configuration or the file
 */
export const planTermination = async (input: TerminateInput, wire: Wire): Promise<TerminatePlan> => {
  const endpoint = wire.endpointOf(input.Endpoint);
  const reason = await reasonOf(input, wire);
  const clientRequestId = input.ClientRequestId ?? wire.newId();
  const httpTime = (text: string | undefined) => (text === undefined ? undefined : httpTimeOf(text));
  return {
    jobId: jobIdOf(input, endpoint),
    endpoint,
    parameterSet: parameterSetOf(input),
    reason,
    hasCondition: hasCondition(input),
    clientRequestId,
    warnings: warningsOf(input, wire),
    call: (seenETag) => ({
      action: terminateName,
      method: 'POST',
      destroys: true,
      path: ['jobs', jobIdOf(input, endpoint), 'terminate'],
      query: {
        timeOut: input.TimeOut?.toString(),
        // Omitted when false, as the cmdlet does: versions before 2024-07-01 do not support it.
        force: input.Force ? 'true' : undefined,
      },
      headers: {
        'client-request-id': clientRequestId,
        'return-client-request-id': input.ReturnClientRequestId ? 'true' : undefined,
        'ocp-date': httpTime(input.Ocpdate),
        'if-match': hasCondition(input) ? input.IfMatch : seenETag,
        'if-none-match': input.IfNoneMatch,
        'if-modified-since': httpTime(input.IfModifiedSince),
        'if-unmodified-since': httpTime(input.IfUnmodifiedSince),
      },
      ...(reason !== undefined && { body: { terminateReason: reason } }),
    }),
  };
};

const refuse = (issue: Issue): never => {
  throw new InputError(terminateName, [issue]);
};

const jobIdOf = (input: TerminateInput, endpoint: Endpoint): string => {
  const { url, JobId: idOfObject } = input.InputObject ?? {};
  const id = input.JobId ?? idOfObject;
  if (id !== undefined) return id;
  const path = 'InputObject.url';
  if (url === undefined || !URL.canParse(url))
    return refuse({ path, message: 'This is not the URL of a job.' });
  const { origin, pathname } = new URL(url);
  if (origin !== endpoint.url) {
    return refuse({
      path,
      message: `The job is at ${origin}, but the call goes to ${endpoint.url}. Pass Endpoint too.`,
    });
  }
  const [, segment = ''] = pathname.match(/^\/jobs\/([^/]+)$/) ?? [];
  const checked = JobId.safeParse(decodedOr(segment));
  return checked.success
    ? checked.data
    : refuse({ path, message: 'It must end in /jobs/ and the id of the job.' });
};

const decodedOr = (segment: string): string => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return '';
  }
};

const reasonOf = async (input: TerminateInput, wire: Wire): Promise<string | undefined> => {
  const direct = input.TerminationReason ?? input.Option?.TerminationReason;
  if (direct !== undefined) return direct;
  const path = input.JsonFilePath === undefined ? 'JsonString' : 'JsonFilePath';
  const text =
    input.JsonFilePath === undefined
      ? input.JsonString
      : await readJsonFile(wire.settings.jsonDirectory, input.JsonFilePath);
  if (text === undefined) return undefined;
  const read = reasonOfJson(text);
  return 'problem' in read ? refuse({ path, message: read.problem }) : read.reason;
};

const warningsOf = (input: TerminateInput, wire: Wire): readonly string[] => {
  const warnings: string[] = [];
  if ((input.TimeOut ?? 0) > 30) {
    warnings.push(`TimeOut ${input.TimeOut} is above 30; the service uses 30.`);
  }
  if (input.IfModifiedSince !== undefined) {
    warnings.push(
      'IfModifiedSince terminates the job only if it HAS changed since then. To protect a changed job, use IfUnmodifiedSince.',
    );
  }
  for (const name of ['IfModifiedSince', 'IfUnmodifiedSince'] as const) {
    const text = input[name];
    if (text !== undefined && (timeOf(text) ?? 0) % 1000 !== 0) {
      warnings.push(`${name} is sent in whole seconds: ${httpTimeOf(text)}.`);
    }
  }
  const sent = input.Ocpdate === undefined ? undefined : timeOf(input.Ocpdate);
  if (sent !== undefined && Math.abs(sent - wire.now()) > clockToleranceMs) {
    const message = `Ocpdate is more than 15 minutes from this machine's clock (${new Date(wire.now()).toUTCString()}).`;
    // The service rejects a signature with such a date; with a token the date is not checked.
    if (wire.settings.accessKey)
      refuse({ path: 'Ocpdate', message: `${message} The service rejects such a signature.` });
    warnings.push(message);
  }
  return warnings;
};
