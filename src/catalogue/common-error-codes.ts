/** The error codes that every action of every API of the vendor can answer with. */

/** What is known about one code. */
export interface ErrorMeaning {
  /** What it says about the call that got it. */
  readonly meaning: string;
  /** What the caller does next. */
  readonly next: string;
  /** Present when any action can answer with it, whether or not its own list says so. */
  readonly common?: true;
}

export const commonErrorCodes = {
  ActionOffline: {
    meaning: 'The vendor has withdrawn this action.',
    next: 'Do not call it again; look for another action that does the same.',
    common: true,
  },
  'AuthFailure.InvalidAuthorization': {
    meaning: 'The Authorization header is not written as the signature method demands.',
    next: 'Not something arguments can cure: have the user check that no proxy rewrites headers, and report it.',
    common: true,
  },
  'AuthFailure.InvalidSecretId': {
    meaning: 'The SecretId is not the id of a cloud API key.',
    next: 'Ask the user to set TENCENTCLOUD_SECRET_ID to the id of an API key; a console login or an app key is not one.',
    common: true,
  },
  'AuthFailure.MFAFailure': {
    meaning: 'The account demands a second factor for this call, and it is missing or wrong.',
    next: 'Ask the user to do this step in the console, or to use credentials that need no second factor.',
    common: true,
  },
  'AuthFailure.SecretIdNotFound': {
    meaning:
      'No key with this SecretId exists: deleted, disabled, mistyped, or of the other site (mainland, international).',
    next: 'Ask the user to compare TENCENTCLOUD_SECRET_ID, without surrounding blanks, with the keys shown in the console.',
    common: true,
  },
  'AuthFailure.SignatureExpire': {
    meaning: 'The time in the request and the time of the service differ by more than five minutes.',
    next: 'Have the clock of this machine set right, then call again; nothing was carried out.',
    common: true,
  },
  'AuthFailure.SignatureFailure': {
    meaning:
      'The signature does not match the request: nearly always the SecretKey does not belong to the SecretId.',
    next: 'Ask the user to set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY again as a pair; do not repeat the call before.',
    common: true,
  },
  'AuthFailure.TokenFailure': {
    meaning:
      'The session token of the temporary credentials is missing, expired or does not belong to the key.',
    next: 'Ask the user to renew the temporary credentials (id, key and TENCENTCLOUD_SESSION_TOKEN together).',
    common: true,
  },
  'AuthFailure.UnauthorizedOperation': {
    meaning: 'The key is valid, but its policies do not allow this action or this resource.',
    next: 'Ask the user to have the action allowed in access management (CAM), or use a profile that may; a repeat changes nothing.',
    common: true,
  },
  DryRunOperation: {
    meaning: 'The call was only tried out and would have succeeded.',
    next: 'Call again without DryRun to have it carried out.',
    common: true,
  },
  FailedOperation: {
    meaning: 'The service accepted the call and could not complete it.',
    next: 'Read the message, look at the resource with its Describe action, and decide from its state whether to call again.',
    common: true,
  },
  InternalError: {
    meaning: 'Something failed inside the service. A changing call may have been carried out or not.',
    next: 'Look first with the matching Describe action; if it was not done, call again after some seconds; give the RequestId to support if it stays.',
    common: true,
  },
  InvalidAction: {
    meaning: 'The endpoint does not know an action of this name.',
    next: 'Check the spelling, and that the endpoint is that of BatchCompute; the international site has no SubmitJob.',
    common: true,
  },
  InvalidParameter: {
    meaning: 'An argument has the wrong type or format, or an unsigned number is negative.',
    next: 'The message names the argument: correct it by batch://reference/{Action} and call again.',
    common: true,
  },
  InvalidParameterValue: {
    meaning: 'An argument has the right type, but a value that is not allowed.',
    next: 'The message names the argument: choose an allowed value (batch://reference/{Action}) and call again.',
    common: true,
  },
  InvalidRequest: {
    meaning: 'The body of a multipart request is not well formed.',
    next: 'Send JSON: this program never sends multipart requests, so have the user check what lies between it and the service.',
    common: true,
  },
  IpInBlacklist: {
    meaning: 'The account has forbidden calls from the address of this machine.',
    next: 'Ask the user to change the list of forbidden addresses in the console, or to call from another network.',
    common: true,
  },
  IpNotInWhitelist: {
    meaning:
      'The account allows calls from listed addresses only, and that of this machine is not among them.',
    next: 'Ask the user to add the address in the console, or to call from an allowed network.',
    common: true,
  },
  LimitExceeded: {
    meaning: 'A quota of the account is used up.',
    next: 'Free what is no longer needed (DeleteJob, DeleteTaskTemplates, DeleteComputeEnv; each asks first) or have the quota raised.',
    common: true,
  },
  MissingParameter: {
    meaning: 'A required argument is missing.',
    next: 'The message names it: add it and call again.',
    common: true,
  },
  NoSuchProduct: {
    meaning: 'The endpoint does not know a product of this name.',
    next: 'Have the user check --endpoint: it must be a host of BatchCompute, or absent.',
    common: true,
  },
  NoSuchVersion: {
    meaning: 'The endpoint does not know this version of the API.',
    next: 'Have the user check --endpoint: BatchCompute answers to version 2017-03-12.',
    common: true,
  },
  RequestLimitExceeded: {
    meaning:
      'More calls of this action arrived within one second than allowed. This one was not carried out.',
    next: 'Wait a second and call again; ask for more at once (ids as a list, a larger Limit) rather than more often.',
    common: true,
  },
  'RequestLimitExceeded.GlobalRegionUinLimitExceeded': {
    meaning: 'The account calls too often, counted over all regions. This call was not carried out.',
    next: 'Wait some seconds and call again; find out what else uses the account if it stays.',
    common: true,
  },
  'RequestLimitExceeded.IPLimitExceeded': {
    meaning: 'Too many calls come from the address of this machine. This call was not carried out.',
    next: 'Wait some seconds and call again; other programs behind the same address count too.',
    common: true,
  },
  'RequestLimitExceeded.UinLimitExceeded': {
    meaning: 'The account calls too often. This call was not carried out.',
    next: 'Wait some seconds and call again; find out what else uses the account if it stays.',
    common: true,
  },
  RequestSizeLimitExceeded: {
    meaning: 'The request is larger than the service takes (10 MB).',
    next: 'Send less: fewer tasks or ids in one call, large scripts as a package in storage instead of in Command.',
    common: true,
  },
  ResourceInUse: {
    meaning: 'The thing is being used, so that the change is not possible at present.',
    next: 'Look at its state with its Describe action; end what uses it or wait, then call again.',
    common: true,
  },
  ResourceInsufficient: {
    meaning: 'The zone has not enough of the machines or other resources asked for.',
    next: 'Find what is in stock with DescribeCvmZoneInstanceConfigInfos; choose another instance type or zone.',
    common: true,
  },
  ResourceNotFound: {
    meaning: 'There is no such thing in this region under this account.',
    next: 'List what there is (DescribeJobs, DescribeComputeEnvs, DescribeTaskTemplates) and check Region.',
    common: true,
  },
  ResourceUnavailable: {
    meaning: 'The thing exists, but cannot be used at present.',
    next: 'Look at its state with its Describe action, wait until it is usable, and call again.',
    common: true,
  },
  ResponseSizeLimitExceeded: {
    meaning: 'The answer would be larger than the service gives.',
    next: 'Ask for less: a smaller Limit, fewer ids, a narrower filter; then page with Offset.',
    common: true,
  },
  ServiceUnavailable: {
    meaning: 'The service cannot answer at present. A changing call may have been carried out or not.',
    next: 'Wait some seconds; look with the matching Describe action before sending a change again.',
    common: true,
  },
  UnauthorizedOperation: {
    meaning: 'The account or key may not do this.',
    next: 'Ask the user to have it allowed in access management (CAM); a repeat changes nothing.',
    common: true,
  },
  UnknownParameter: {
    meaning: 'The call holds an argument that the action does not know.',
    next: 'The message names it: leave it out, or spell it as in batch://reference/{Action}.',
    common: true,
  },
  UnsupportedOperation: {
    meaning: 'The action cannot be done on this thing as it is, mostly because of its state.',
    next: 'Look at the state (DescribeJob, DescribeTask, DescribeComputeEnv) and compare it with what batch://reference/{Action} demands.',
    common: true,
  },
  UnsupportedProtocol: {
    meaning: 'The request came by another method than GET or POST.',
    next: 'Not something arguments can cure: have the user check the proxy between this machine and the service.',
    common: true,
  },
  UnsupportedRegion: {
    meaning: 'The action is not offered in this region.',
    next: 'Call again with a Region that BatchCompute serves, for example ap-guangzhou.',
    common: true,
  },
} as const satisfies Record<string, ErrorMeaning>;

export type CommonErrorCode = keyof typeof commonErrorCodes;
