/** The error codes of Azure Batch that these calls can return: the meaning of each and what to do next. */

interface Explanation {
  readonly meaning: string;
  readonly next: string;
}

const wrongInput = 'Correct what the message names and repeat the call.';
const readAgain = 'Read the job with AzureGetJob, then decide.';

/** @see https://learn.microsoft.com/rest/api/batchservice/batch-status-and-error-codes */
const codes: Readonly<Record<string, Explanation>> = {
  InvalidQueryParameterValue: { meaning: 'A URL parameter has an invalid value.', next: wrongInput },
  OutOfRangeQueryParameterValue: { meaning: 'A URL parameter is out of range.', next: wrongInput },
  UnsupportedQueryParameter: {
    meaning: 'This API version does not support a URL parameter.',
    next: 'Force needs version 2024-07-01.20.0 or later (--azure-api-version).',
  },
  MissingRequiredQueryParameter: { meaning: 'A required URL parameter is missing.', next: wrongInput },
  InvalidHeaderValue: {
    meaning: 'A header has an invalid value, such as a date or a GUID.',
    next: wrongInput,
  },
  MultipleConditionHeadersNotSupported: {
    meaning: 'These conditions cannot be combined.',
    next: 'Use one, or IfMatch with IfUnmodifiedSince, or IfNoneMatch with IfModifiedSince.',
  },
  InvalidRequestBody: { meaning: 'The request body is malformed.', next: wrongInput },
  InvalidPropertyValue: { meaning: 'A field of the body has an invalid value.', next: wrongInput },
  UnsupportedProperty: {
    meaning: 'The body has a field that the service does not support.',
    next: 'In JSON the reason of a termination is called terminateReason.',
  },
  UnsupportedRequestVersion: {
    meaning: 'The service does not support this API version.',
    next: 'The operator can change it with --azure-api-version.',
  },
  InvalidUri: { meaning: 'The URI is malformed.', next: wrongInput },
  AuthenticationFailed: {
    meaning: 'The signature or token was rejected: wrong key, wrong account, or a wrong clock.',
    next: 'Do not repeat the call. The operator has to check account, key and clock (SharedKey allows 15 minutes).',
  },
  InvalidAuthenticationInfo: {
    meaning: 'The Authorization header is malformed or for another audience.',
    next: 'Do not repeat the call. The operator has to check account and sign-in.',
  },
  InsufficientAccountPermissions: {
    meaning: 'The signed-in identity lacks the permission.',
    next: 'Request a role on the Batch account that can write jobs.',
  },
  AccountIsDisabled: { meaning: 'The Batch account is disabled.', next: 'Contact its owner.' },
  HTTP_401: {
    meaning: 'The token is missing, expired or for another audience.',
    next: 'Sign in again; the audience must be https://batch.core.windows.net/.',
  },
  HTTP_403: { meaning: 'The service denied access.', next: 'Check the role on the Batch account.' },
  JobNotFound: {
    meaning: 'The account has no such job; it may have been deleted.',
    next: 'List the jobs with AzureListJobs; check the endpoint.',
  },
  TaskNotFound: {
    meaning: 'The job has no such task.',
    next: 'List the tasks with AzureListTasks.',
  },
  FileNotFound: {
    meaning: 'The task has no such file. A task that never started has none.',
    next: 'List its files with AzureReadTaskFile without FilePath.',
  },
  NodeNotFound: {
    meaning: 'The node that ran the task no longer exists, nor do its files.',
    next: 'The files cannot be recovered.',
  },
  TaskFilesUnavailable: {
    meaning: 'The files are unavailable; the node may be starting or offline.',
    next: 'Retry in a minute.',
  },
  TaskFilesCleanedup: {
    meaning: 'The files were removed after their retention time (7 days by default).',
    next: 'The files cannot be recovered.',
  },
  InvalidRange: { meaning: 'The file is shorter than the requested range.', next: 'Read the size first.' },
  JobBeingTerminated: { meaning: 'The job is already being terminated.', next: readAgain },
  JobCompleted: { meaning: 'The job has already completed.', next: readAgain },
  JobBeingDeleted: { meaning: 'The job is being deleted.', next: 'There is nothing to do.' },
  JobDisabled: { meaning: 'The job is disabled.', next: readAgain },
  JobNotActive: { meaning: 'The job is not active.', next: readAgain },
  OperationInvalidForCurrentState: { meaning: 'The state of the job does not allow this.', next: readAgain },
  ConditionNotMet: {
    meaning: 'The job has changed since it was read, so the condition failed and nothing was done.',
    next: 'Read the job again, show it to the user and ask again. Do not simply drop the condition.',
  },
  MissingContentLengthHeader: {
    meaning: 'The request has no Content-Length.',
    next: 'A proxy may have modified the request.',
  },
  RequestBodyTooLarge: { meaning: 'The request body is too large.', next: wrongInput },
  ServerBusy: { meaning: 'The service is busy; the call was retried.', next: 'Retry in a minute.' },
  HTTP_407: {
    meaning: 'The proxy of HTTPS_PROXY requires a login.',
    next: 'The operator has to write user and password of the proxy into HTTPS_PROXY.',
  },
  HTTP_429: { meaning: 'Too many requests; the call was retried.', next: 'Retry in a minute.' },
  InternalError: { meaning: 'Internal error of the service; the call was retried.', next: readAgain },
  OperationTimedOut: {
    meaning: 'TimeOut expired at the service; the outcome is unknown.',
    next: readAgain,
  },
};

/** Explains a code; codes that begin with `HTTP_` stand for responses without an error code. */
export const explanationOf = (code: string): Explanation =>
  Object.hasOwn(codes, code) && codes[code] !== undefined
    ? codes[code]
    : {
        meaning: code.startsWith('HTTP_')
          ? 'The response is not from Azure Batch; it may come from a proxy or gateway.'
          : 'This program does not know the code.',
        next: 'Read the message of the service, or look up the code in its documentation.',
      };

/** Whether a code means that the requested object does not exist. */
export const isNotFoundCode = (code: string): boolean =>
  ['JobNotFound', 'TaskNotFound', 'FileNotFound', 'NodeNotFound', 'TaskFilesCleanedup', 'HTTP_404'].includes(
    code,
  );
