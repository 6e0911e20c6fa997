/** The error codes common to all of the vendor's APIs: each is either provoked on the engine or explained. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commonErrorCodes } from '../../src/catalogue/error-codes.ts';
import { faultHeader } from '../../src/engine/faults/faults.ts';
import { sign } from '../../src/tc3/sign.ts';
import { sendTc3 } from '../engine/raw-request.ts';
import { type EngineTarget, startEngineTarget } from './engine-target.ts';
import { call, outcomeOf } from './target.ts';
import type { ActionName } from './vocabulary.ts';

let target: EngineTarget;
beforeAll(async () => {
  target = await startEngineTarget();
});
afterAll(() => target.stop());

interface Raw {
  readonly action?: string;
  readonly version?: string;
  readonly method?: string;
  readonly body?: string;
  readonly region?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly fault?: string;
  /** Clock skew of the client in milliseconds. */
  readonly skew?: number;
}

/** The error code of a request that no SDK would send. */
const codeOfRaw = async (raw: Raw): Promise<string | undefined> => {
  const { access } = target;
  const body = raw.body ?? '{}';
  const { host: _, ...headers } = sign(
    {
      method: 'POST',
      host: access.host,
      service: 'batch',
      action: raw.action ?? 'DescribeJobs',
      version: raw.version ?? '2017-03-12',
      region: raw.region ?? target.region,
      body,
      headers: raw.fault === undefined ? {} : { [faultHeader]: raw.fault },
    },
    access,
    Date.now() + (raw.skew ?? 0),
  );
  const response = await fetch(`${access.protocol}${access.host}`, {
    method: raw.method ?? 'POST',
    body,
    headers: { ...headers, ...raw.headers },
  });
  const { Response } = (await response.json()) as { Response: { Error?: { Code: string } } };
  return Response.Error?.Code;
};
const fault = (text: string) => () => codeOfRaw({ fault: text });
const viaSdk =
  (action: ActionName, input: object, access: Partial<EngineTarget['access']> = {}) =>
  () =>
    outcomeOf(call({ ...target, access: { ...target.access, ...access } }, action, input));

const provoked: Readonly<Record<string, () => Promise<string | undefined>>> = {
  ActionOffline: () => codeOfRaw({ action: 'DescribeCpmOsInfo' }),
  'AuthFailure.InvalidAuthorization': () => codeOfRaw({ headers: { authorization: 'Basic eA==' } }),
  'AuthFailure.SecretIdNotFound': viaSdk('DescribeJobs', {}, { secretId: 'AKIDunknown' }),
  'AuthFailure.SignatureExpire': () => codeOfRaw({ skew: -301_000 }),
  'AuthFailure.SignatureFailure': viaSdk('DescribeJobs', {}, { secretKey: 'wrong' }),
  'AuthFailure.TokenFailure': viaSdk(
    'DescribeJobs',
    {},
    { token: 'a token, which permanent keys do not have' },
  ),
  FailedOperation: fault('error; code=FailedOperation'),
  InternalError: fault('internal-error'),
  InvalidAction: () => codeOfRaw({ action: 'SubmitJobs' }),
  InvalidParameter: viaSdk('DescribeJobs', { Limit: 'ten' }),
  InvalidParameterValue: viaSdk('DescribeJobs', { Limit: 101 }),
  InvalidRequest: () => codeOfMultipart(),
  MissingParameter: viaSdk('DescribeJob', {}),
  NoSuchVersion: () => codeOfRaw({ version: '2018-01-01' }),
  RequestLimitExceeded: fault('throttling'),
  RequestSizeLimitExceeded: () => codeOfRaw({ body: `"${'x'.repeat(10 * 1024 * 1024)}"` }),
  ResourceInsufficient: fault('error; code=ResourceInsufficient'),
  ServiceUnavailable: fault('error; code=ServiceUnavailable'),
  UnauthorizedOperation: () => codeOfRaw({ headers: { Origin: 'http://example.com' } }),
  UnknownParameter: viaSdk('DescribeJobs', { Nonsense: 1 }),
  UnsupportedOperation: fault('error; code=UnsupportedOperation'),
  UnsupportedProtocol: () => codeOfRaw({ method: 'PUT' }),
  UnsupportedRegion: () => codeOfRaw({ region: 'ap-nowhere' }),
};

/** The error code of a signed multipart request. */
const codeOfMultipart = async (): Promise<string | undefined> => {
  const raw = { ...target.access, now: Date.now() };
  return (await sendTc3(raw, { body: '--x--', contentType: 'multipart/form-data; boundary=x' })).code;
};

const oneKey = 'The engine has one key, which may do everything.';
const ownCodes = 'Every case has a more specific code, which the contract provokes.';
const explained: Readonly<Record<string, string>> = {
  'AuthFailure.InvalidSecretId': oneKey,
  'AuthFailure.MFAFailure': oneKey,
  'AuthFailure.UnauthorizedOperation': oneKey,
  DryRunOperation: 'No action of this API has the parameter DryRun.',
  IpInBlacklist: 'Only this machine can reach the engine.',
  IpNotInWhitelist: 'Only this machine can reach the engine.',
  LimitExceeded: ownCodes,
  NoSuchProduct: 'The engine is a single product; it does not check the service in the credential scope.',
  'RequestLimitExceeded.GlobalRegionUinLimitExceeded': 'Rate limits are per action and region only.',
  'RequestLimitExceeded.IPLimitExceeded': 'Rate limits are per action and region only.',
  'RequestLimitExceeded.UinLimitExceeded': 'Rate limits are per action and region only.',
  ResourceInUse: ownCodes,
  ResourceNotFound: ownCodes,
  ResourceUnavailable: ownCodes,
  ResponseSizeLimitExceeded: 'Lists have a maximum page size, so answers are bounded.',
};

test('every common error code is provoked or explained', () => {
  expect([...Object.keys(provoked), ...Object.keys(explained)].sort()).toEqual(
    Object.keys(commonErrorCodes).sort(),
  );
});

describe('the common error codes', () => {
  test.each(Object.entries(provoked))('the engine answers %s', async (code, provoke) => {
    expect(await provoke()).toBe(code);
  });
});

test('an engine without a usable sandbox rejects jobs and names the option that allows them', async () => {
  const refusing = await startEngineTarget({ sandbox: 'auto', environment: { PATH: '/nonexistent' } });
  try {
    const input = {
      Placement: { Zone: refusing.zone },
      Job: {
        Tasks: [
          {
            TaskName: 'a',
            Application: { DeliveryForm: 'LOCAL', Command: 'true' },
            ComputeEnv: { EnvData: { InstanceType: 'S5.SMALL2', ImageId: refusing.imageId } },
          },
        ],
      },
    };
    await expect(call(refusing, 'SubmitJob', input)).rejects.toMatchObject({
      code: 'UnauthorizedOperation.UserNotAllowedToUseBatch',
      message: expect.stringContaining('--sandbox none'),
    });
    expect((await call(refusing, 'DescribeJobs', {})).TotalCount).toBe(0);
  } finally {
    await refusing.stop();
  }
});
