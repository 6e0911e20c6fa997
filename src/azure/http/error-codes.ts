/** The error codes of Azure Batch that these calls can meet: what each means and what to do next. */

interface Explained {
  readonly meaning: string;
  readonly next: string;
}

const wrongInput = 'Correct what the message names and call again.';
const readAgain = 'Read the job with AzureGetJob, then decide again.';

/** @see https://learn.microsoft.com/rest/api/batchservice/batch-status-and-error-codes */
const codes: Readonly<Record<string, Explained>> = {
  InvalidQueryParameterValue: { meaning: 'A parameter of the URL has a wrong value.', next: wrongInput },
  OutOfRangeQueryParameterValue: { meaning: 'A parameter of the URL is out of its range.', next: wrongInput },
  UnsupportedQueryParameter: {
    meaning: 'This version of the API does not know a parameter of the URL.',
    next: 'Force needs version 2024-07-01.20.0 or later (--azure-api-version).',
  },
  MissingRequiredQueryParameter: { meaning: 'A required parameter of the URL is absent.', next: wrongInput },
  InvalidHeaderValue: { meaning: 'A header has a wrong value, such as a date or a GUID.', next: wrongInput },
  MultipleConditionHeadersNotSupported: {
    meaning: 'These conditions may not stand together.',
    next: 'Use one, or IfMatch with IfUnmodifiedSince, or IfNoneMatch with IfModifiedSince.',
  },
  InvalidRequestBody: { meaning: 'The body is not what the service expects.', next: wrongInput },
  InvalidPropertyValue: { meaning: 'A field of the body has a wrong value.', next: wrongInput },
  UnsupportedProperty: {
    meaning: 'The body has a field that the service does not know.',
    next: 'The reason of a termination is called terminateReason in JSON.',
  },
  UnsupportedRequestVersion: {
    meaning: 'The service does not serve this version of its API.',
    next: 'The operator changes it with --azure-api-version.',
  },
  InvalidUri: { meaning: 'The address is malformed.', next: wrongInput },
  AuthenticationFailed: {
    meaning: 'The signature or the token was not accepted: wrong key, wrong account, or a clock that is off.',
    next: 'Do not repeat it. The operator checks account, key and clock (SharedKey allows 15 minutes).',
  },
  InvalidAuthenticationInfo: {
    meaning: 'The Authorization header is malformed or for something else.',
    next: 'Do not repeat it. The operator checks account and sign-in.',
  },
  InsufficientAccountPermissions: {
    meaning: 'Whoever is signed in may not do this.',
    next: 'Ask for a role on the Batch account that may write jobs.',
  },
  AccountIsDisabled: { meaning: 'The Batch account is disabled.', next: 'Ask its owner.' },
  HTTP_401: {
    meaning: 'The token is absent, expired or meant for another service.',
    next: 'Sign in again; the audience has to be https://batch.core.windows.net/.',
  },
  HTTP_403: { meaning: 'The service refused the caller.', next: 'Check the role on the Batch account.' },
  JobNotFound: {
    meaning: 'There is no such job in this account; it may have been deleted.',
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
    meaning: 'The node that ran the task is gone, and its files with it.',
    next: 'Nothing can bring them back.',
  },
  TaskFilesUnavailable: {
    meaning: 'The files cannot be reached now; the node may be starting or away.',
    next: 'Try again in a minute.',
  },
  TaskFilesCleanedup: {
    meaning: 'The files were removed, as happens after their retention time (7 days unless set otherwise).',
    next: 'Nothing can bring them back.',
  },
  InvalidRange: { meaning: 'The file is shorter than the range asked for.', next: 'Read its size first.' },
  JobBeingTerminated: { meaning: 'The job is being terminated already.', next: readAgain },
  JobCompleted: { meaning: 'The job has completed already.', next: readAgain },
  JobBeingDeleted: { meaning: 'The job is being deleted.', next: 'Nothing is left to do.' },
  JobDisabled: { meaning: 'The job is disabled.', next: readAgain },
  JobNotActive: { meaning: 'The job is not active.', next: readAgain },
  OperationInvalidForCurrentState: { meaning: 'The state of the job does not allow this.', next: readAgain },
  ConditionNotMet: {
    meaning: 'The job has changed since it was read, so the condition did not hold and nothing was done.',
    next: 'Read the job again, show it to the user and ask again. Do not just leave the condition out.',
  },
  MissingContentLengthHeader: {
    meaning: 'The request said no length.',
    next: 'A proxy may have changed the request.',
  },
  RequestBodyTooLarge: { meaning: 'The body is too large.', next: wrongInput },
  ServerBusy: { meaning: 'The service is busy; it was tried several times.', next: 'Try again in a minute.' },
  HTTP_429: { meaning: 'Too many requests; it was tried several times.', next: 'Try again in a minute.' },
  InternalError: { meaning: 'The service failed inside; it was tried several times.', next: readAgain },
  OperationTimedOut: {
    meaning: 'TimeOut ran out at the service; the outcome is not known.',
    next: readAgain,
  },
};

/** What a code means and what to do; codes of the network in between begin with `HTTP_`. */
export const explanationOf = (code: string): Explained =>
  Object.hasOwn(codes, code) && codes[code] !== undefined
    ? codes[code]
    : {
        meaning: code.startsWith('HTTP_')
          ? 'The answer is not one of Azure Batch; a proxy or gateway may have given it.'
          : 'The service gave a code that this program does not know.',
        next: 'Read the message of the service; look the code up in its documentation.',
      };

/** Whether an error says that the thing that was asked for does not exist. */
export const isNotFoundCode = (code: string): boolean =>
  ['JobNotFound', 'TaskNotFound', 'FileNotFound', 'NodeNotFound', 'TaskFilesCleanedup', 'HTTP_404'].includes(
    code,
  );
