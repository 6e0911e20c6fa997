/** The error codes that are common to all APIs of the vendor. */

/** One error code. */
export interface ErrorMeaning {
  /** What it means for the call. */
  readonly meaning: string;
  /** What the caller should do next. */
  readonly next: string;
  /** Set for codes that any action can answer with, whether or not its own list contains them. */
  readonly common?: true;
}

export const commonErrorCodes = {
  ActionOffline: {
    meaning: 'The vendor has withdrawn this action.',
    next: 'Do not call it again; use another action.',
    common: true,
  },
  'AuthFailure.InvalidAuthorization': {
    meaning: 'The Authorization header does not conform to the signature method.',
    next: 'Arguments cannot fix this: ask the user to check that no proxy rewrites headers, and to report it.',
    common: true,
  },
  'AuthFailure.InvalidSecretId': {
    meaning: 'The SecretId is not the id of a cloud API key.',
    next: 'Ask the user to set TENCENTCLOUD_SECRET_ID to the id of an API key, not a console login or app key.',
    common: true,
  },
  'AuthFailure.MFAFailure': {
    meaning: 'The account requires multi-factor authentication for this call, and it is missing or wrong.',
    next: 'Ask the user to do this step in the console, or to use credentials without multi-factor authentication.',
    common: true,
  },
  'AuthFailure.SecretIdNotFound': {
    meaning:
      'No key with this SecretId exists: it is deleted, disabled, mistyped, or belongs to the other site (mainland, international).',
    next: 'Ask the user to compare TENCENTCLOUD_SECRET_ID, without surrounding whitespace, with the keys in the console.',
    common: true,
  },
  'AuthFailure.SignatureExpire': {
    meaning: 'The clocks of this machine and the service differ by more than five minutes.',
    next: 'Ask the user to correct the clock of this machine, then retry; the call was not executed.',
    common: true,
  },
  'AuthFailure.SignatureFailure': {
    meaning:
      'The signature does not match the request; usually the SecretKey does not belong to the SecretId.',
    next: 'Ask the user to set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY again as a pair; do not retry before.',
    common: true,
  },
  'AuthFailure.TokenFailure': {
    meaning:
      'The session token of the temporary credentials is missing, expired, or does not belong to the key.',
    next: 'Ask the user to renew the temporary credentials (id, key and TENCENTCLOUD_SESSION_TOKEN together).',
    common: true,
  },
  'AuthFailure.UnauthorizedOperation': {
    meaning: 'The key is valid, but its policies do not allow this action or this resource.',
    next: 'Ask the user to allow the action in access management (CAM), or use another profile; retrying does not help.',
    common: true,
  },
  DryRunOperation: {
    meaning: 'The call was a dry run and would have succeeded.',
    next: 'Call again without DryRun to execute it.',
    common: true,
  },
  FailedOperation: {
    meaning: 'The service accepted the call but could not complete it.',
    next: 'Read the message, check the state of the resource with its Describe action, and decide whether to retry.',
    common: true,
  },
  InternalError: {
    meaning:
      'Internal failure of the service. A call that changes something may or may not have been executed.',
    next: 'Check with the matching Describe action first; if it was not executed, retry after a few seconds; if it persists, report the RequestId to support.',
    common: true,
  },
  InvalidAction: {
    meaning: 'The endpoint has no action of this name.',
    next: 'Check the spelling, and that the endpoint is one of BatchCompute; the international site has no SubmitJob.',
    common: true,
  },
  InvalidParameter: {
    meaning: 'An argument has the wrong type or format, or an unsigned number is negative.',
    next: 'The message names the argument: correct it as in batch://reference/{Action} and call again.',
    common: true,
  },
  InvalidParameterValue: {
    meaning: 'An argument has a value that is not allowed.',
    next: 'The message names the argument: use an allowed value (batch://reference/{Action}) and call again.',
    common: true,
  },
  InvalidRequest: {
    meaning: 'The body of a multipart request is malformed.',
    next: 'This program sends JSON only: ask the user to check the proxies between it and the service.',
    common: true,
  },
  IpInBlacklist: {
    meaning: 'The account denies calls from the address of this machine.',
    next: 'Ask the user to change the deny list in the console, or to use another network.',
    common: true,
  },
  IpNotInWhitelist: {
    meaning:
      'The account allows calls from listed addresses only, and the address of this machine is not listed.',
    next: 'Ask the user to add the address in the console, or to use an allowed network.',
    common: true,
  },
  LimitExceeded: {
    meaning: 'A quota of the account is exhausted.',
    next: 'Delete what is no longer needed (DeleteJob, DeleteTaskTemplates, DeleteComputeEnv; each needs a confirmation), or ask the user to have the quota raised.',
    common: true,
  },
  MissingParameter: {
    meaning: 'A required argument is missing.',
    next: 'The message names the argument: add it and call again.',
    common: true,
  },
  NoSuchProduct: {
    meaning: 'The endpoint has no product of this name.',
    next: 'Ask the user to check --endpoint: it must be a host of BatchCompute, or absent.',
    common: true,
  },
  NoSuchVersion: {
    meaning: 'The endpoint does not support this version of the API.',
    next: 'Ask the user to check --endpoint: BatchCompute has version 2017-03-12.',
    common: true,
  },
  RequestLimitExceeded: {
    meaning: 'The rate limit of this action was exceeded. The call was not executed.',
    next: 'Wait a second and call again; make fewer, larger requests (a list of ids, a larger Limit).',
    common: true,
  },
  'RequestLimitExceeded.GlobalRegionUinLimitExceeded': {
    meaning: 'The rate limit of the account over all regions was exceeded. The call was not executed.',
    next: 'Wait a few seconds and call again; if it persists, find out what else uses the account.',
    common: true,
  },
  'RequestLimitExceeded.IPLimitExceeded': {
    meaning: 'The rate limit of this IP address was exceeded. The call was not executed.',
    next: 'Wait a few seconds and call again; other programs behind the same address count too.',
    common: true,
  },
  'RequestLimitExceeded.UinLimitExceeded': {
    meaning: 'The rate limit of the account was exceeded. The call was not executed.',
    next: 'Wait a few seconds and call again; if it persists, find out what else uses the account.',
    common: true,
  },
  RequestSizeLimitExceeded: {
    meaning: 'The request exceeds the limit of the service (10 MB).',
    next: 'Send less: fewer tasks or ids per call, large scripts as a package in storage instead of in Command.',
    common: true,
  },
  ResourceInUse: {
    meaning: 'The resource is in use and cannot be changed now.',
    next: 'Check its state with its Describe action; terminate what uses it or wait, then call again.',
    common: true,
  },
  ResourceInsufficient: {
    meaning: 'The zone has insufficient machines or other resources.',
    next: 'Check stock with DescribeCvmZoneInstanceConfigInfos; use another instance type or zone.',
    common: true,
  },
  ResourceNotFound: {
    meaning: 'The resource does not exist in this region and account.',
    next: 'List the resources (DescribeJobs, DescribeComputeEnvs, DescribeTaskTemplates) and check Region.',
    common: true,
  },
  ResourceUnavailable: {
    meaning: 'The resource exists but is unavailable now.',
    next: 'Check its state with its Describe action, wait until it is available, and call again.',
    common: true,
  },
  ResponseSizeLimitExceeded: {
    meaning: 'The response would exceed the limit of the service.',
    next: 'Request less: a smaller Limit with Offset, fewer ids, or a narrower filter.',
    common: true,
  },
  ServiceUnavailable: {
    meaning: 'The service is unavailable. A call that changes something may or may not have been executed.',
    next: 'Wait a few seconds; check with the matching Describe action before repeating a change.',
    common: true,
  },
  UnauthorizedOperation: {
    meaning: 'The account or key is not permitted to do this.',
    next: 'Ask the user to allow it in access management (CAM); retrying does not help.',
    common: true,
  },
  UnknownParameter: {
    meaning: 'The call has an argument that the action does not support.',
    next: 'The message names the argument: omit it, or spell it as in batch://reference/{Action}.',
    common: true,
  },
  UnsupportedOperation: {
    meaning: 'The resource does not allow the action, usually because of its state.',
    next: 'Check the state (DescribeJob, DescribeTask, DescribeComputeEnv) and compare it with batch://reference/{Action}.',
    common: true,
  },
  UnsupportedProtocol: {
    meaning: 'The HTTP method of the request is neither GET nor POST.',
    next: 'Arguments cannot fix this: ask the user to check the proxy between this machine and the service.',
    common: true,
  },
  UnsupportedRegion: {
    meaning: 'The action is unavailable in this region.',
    next: 'Use a Region that BatchCompute serves, such as ap-guangzhou.',
    common: true,
  },
} as const satisfies Record<string, ErrorMeaning>;

export type CommonErrorCode = keyof typeof commonErrorCodes;
