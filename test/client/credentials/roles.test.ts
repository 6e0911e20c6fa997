import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { findCredential } from '../../../src/client/credentials/chain.ts';
import { ConfigError } from '../../../src/shared/errors.ts';
import { endLater, failureOf, serve } from '../client-under-test.ts';
import {
  deadOrigin,
  errorReply,
  type Received,
  type Reply,
  startLoopbackService,
} from '../loopback-service.ts';
import { start, surroundingsOf } from './surroundings-under-test.ts';

const expired = start / 1000 + 7200;
const vendorMachine = { '/sys/class/dmi/id/sys_vendor': 'Tencent Cloud\n' };
const refusalOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await failureOf(promise);
  expect(error).toBeInstanceOf(ConfigError);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/canary/);
  return error instanceof Error ? error.message.replace(/127\.0\.0\.1:\d+/g, 'HOST') : '';
};

/** The metadata service of an instance: plain text and JSON, no envelope. */
const startMetadata = (role: string, keys: Readonly<Record<string, unknown>>) =>
  startAnything((received) => (response) => {
    const path = '/latest/meta-data/cam/security-credentials/';
    if (received.url === path) return response.end(role);
    if (received.url === path + role) return response.end(JSON.stringify(keys));
    response.writeHead(404).end();
  });
const startAnything = async (reply: (received: Received) => Reply) => {
  const service = await startLoopbackService(reply);
  endLater(service.stop);
  return service;
};

describe('the role of a virtual machine', () => {
  const keys = {
    TmpSecretId: 'AKIDrole',
    TmpSecretKey: 'canary-role',
    Token: 'canary-token',
    ExpiredTime: expired,
    Code: 'Success',
  };
  const found = {
    credential: { secretId: 'AKIDrole', secretKey: 'canary-role', token: 'canary-token' },
    source: 'cvm-role',
    where: 'role batch-user of this instance',
    account: 'cvm-role:batch-user',
    expiresAt: expired * 1000,
  };

  test('is used automatically on a machine of the vendor', async () => {
    const { origin } = await startMetadata('batch-user', keys);
    const around = await surroundingsOf({ metadataOrigin: origin, system: vendorMachine });
    expect(await findCredential(around)).toEqual(found);
  });

  test('is used on any machine if configured, also by the vendor command line, with its region', async () => {
    const { origin } = await startMetadata('batch-user', keys);
    const around = await surroundingsOf({ metadataOrigin: origin });
    expect(await findCredential(around, { source: 'cvm-role' })).toEqual(found);
    await around.write('.tccli/default.credential', { type: 'cvm-role' });
    await around.write('.tccli/default.configure', { _sys_param: { region: 'ap-beijing' } });
    expect(await findCredential(around)).toMatchObject({ account: found.account, region: 'ap-beijing' });
  });

  test('is not queried on other machines', async () => {
    const metadata = await startMetadata('batch-user', keys);
    const system = { '/sys/class/dmi/id/sys_vendor': 'LENOVO\n' };
    const around = await surroundingsOf({ metadataOrigin: metadata.origin, system });
    expect(await refusalOf(findCredential(around))).toMatch(/^There are no credentials/);
    expect(metadata.received).toEqual([]);
  });

  test('fails if it is configured and there is no metadata service, role or key', async () => {
    const asked = { source: 'cvm-role' } as const;
    const refused = async (origin: string) =>
      refusalOf(findCredential(await surroundingsOf({ metadataOrigin: origin }), asked));
    expect([
      await refused(await deadOrigin()),
      await refused((await startMetadata('<html>', {})).origin),
      await refused((await startMetadata('batch-user', { Code: 'Fail', TmpSecretKey: 'canary' })).origin),
      await refused((await startAnything(() => (response) => response.end('batch-user'))).origin),
    ]).toMatchInlineSnapshot(`
      [
        "The metadata service of the cloud does not answer: the role of an instance can only be used on an instance.",
        "No role is bound to this instance: bind one, or name another source of credentials.",
        "The metadata service gives no keys for the role batch-user of this instance (HTTP status 200): check that the role is bound and that Batch may be used with it.",
        "What the metadata service answered is not valid JSON: check that this is an instance of the cloud.",
      ]
    `);
  });

  test('is skipped on a machine of the vendor without a role', async () => {
    const { origin } = await startAnything(() => (response) => response.writeHead(404).end());
    const around = await surroundingsOf({ metadataOrigin: origin, system: vendorMachine });
    expect(await refusalOf(findCredential(around))).toMatch(/^There are no credentials/);
  });
});

const stsAnswer = {
  Credentials: { TmpSecretId: 'AKIDsts', TmpSecretKey: 'canary-sts', Token: 'canary-sts-token' },
  ExpiredTime: expired,
};

describe('an assumed role', () => {
  const env = {
    TENCENTCLOUD_SECRET_ID: 'AKIDcanary',
    TENCENTCLOUD_SECRET_KEY: 'canary-key',
    TENCENTCLOUD_TOKEN: 'canary-token',
    TENCENTCLOUD_ROLE_ARN: 'qcs::cam::uin/1:roleName/batch',
    TENCENTCLOUD_ROLE_SESSION_NAME: 'me',
  };

  test('is requested with a signature by the source credentials', async () => {
    const sts = await serve(() => stsAnswer, { now: () => start });
    const around = await surroundingsOf({ env, stsOrigin: sts.origin });
    expect(await findCredential(around)).toEqual({
      credential: { secretId: 'AKIDsts', secretKey: 'canary-sts', token: 'canary-sts-token' },
      source: 'environment',
      where: 'role qcs::cam::uin/1:roleName/batch, assumed with TENCENTCLOUD_SECRET_ID',
      account: 'qcs::cam::uin/1:roleName/batch',
      region: undefined,
      expiresAt: expired * 1000,
    });
    const { action, input, headers } = sts.received[0] ?? {};
    expect([action, input, headers?.['x-tc-version'], headers?.['x-tc-region']]).toEqual([
      'AssumeRole',
      { RoleArn: 'qcs::cam::uin/1:roleName/batch', RoleSessionName: 'me', DurationSeconds: 7200 },
      '2018-08-13',
      'ap-guangzhou',
    ]);
  });

  test('of the vendor command line is requested from the endpoint of its configuration', async () => {
    const known = { secretId: 'AKIDcanary', secretKey: 'canary-key' };
    const sts = await startLoopbackService(() => stsAnswer, { known, now: () => start });
    endLater(sts.stop);
    const around = await surroundingsOf();
    await around.write('.tccli/default.credential', {
      ...known,
      'role-arn': 'qcs::role',
      'role-session-name': 's',
    });
    await around.write('.tccli/default.configure', { sts: { endpoint: sts.origin } });
    const where = `role qcs::role, assumed with ${join(around.home, '.tccli', 'default.credential')}`;
    expect(await findCredential(around)).toMatchObject({ source: 'tccli', where, account: 'qcs::role' });
  });

  test('of a profile is requested with the credentials of the profile', async () => {
    const sts = await serve(() => stsAnswer, { now: () => start });
    const around = await surroundingsOf({
      env: { ...env, TENCENTCLOUD_ROLE_ARN: undefined },
      stsOrigin: sts.origin,
    });
    const role = { roleArn: 'qcs::other', durationSeconds: 900 };
    expect(await findCredential(around, { source: 'auto' }, role)).toMatchObject({ account: 'qcs::other' });
    expect(sts.received[0]?.input).toEqual({
      RoleArn: 'qcs::other',
      RoleSessionName: 'batch-mcp',
      DurationSeconds: 900,
    });
  });

  test('is obtained despite clock skew', async () => {
    const sts = await serve(() => stsAnswer, { now: () => start + 7200_000 });
    const around = await surroundingsOf({ env, stsOrigin: sts.origin });
    expect((await findCredential(around)).credential.secretId).toBe('AKIDsts');
    expect(sts.received).toHaveLength(2);
  });

  test('that is denied or whose service is unreachable is reported without secrets', async () => {
    const refusing = await serve(() => errorReply('UnauthorizedOperation', 'canary-key canary-token'), {
      now: () => start,
    });
    const refused = async (stsOrigin: string) =>
      refusalOf(findCredential(await surroundingsOf({ env, stsOrigin })));
    expect([await refused(refusing.origin), await refused(await deadOrigin())]).toMatchInlineSnapshot(`
      [
        "No keys for the role: AssumeRole was refused with UnauthorizedOperation: *** *** (RequestId request-1) Check the role, its trust in this identity, and the way to http://HOST.",
        "No keys for the role: AssumeRole: http://HOST refuses connections (ECONNREFUSED): check that it is running and that the port is correct. Nothing was sent. Check the role, its trust in this identity, and the way to http://HOST.",
      ]
    `);
  });
});

describe('the identity of a pod', () => {
  const envOf = (file: string) => ({
    TKE_REGION: 'ap-tokyo',
    TKE_PROVIDER_ID: 'provider',
    TKE_WEB_IDENTITY_TOKEN_FILE: file,
    TKE_ROLE_ARN: 'qcs::pod',
  });

  test('is exchanged for credentials without a signature, with the current token of the file', async () => {
    const sts = await startAnything(() => stsAnswer);
    const around = await surroundingsOf({ stsOrigin: sts.origin });
    await around.write('token', 'canary-jwt-1\n');
    const pod = { ...around, env: envOf(join(around.home, 'token')) };
    expect(await findCredential(pod)).toEqual({
      credential: { secretId: 'AKIDsts', secretKey: 'canary-sts', token: 'canary-sts-token' },
      source: 'tke-oidc',
      where: 'role qcs::pod of this pod',
      account: 'qcs::pod',
      region: 'ap-tokyo',
      expiresAt: expired * 1000,
    });
    await around.write('token', 'canary-jwt-2\n');
    await findCredential(pod);
    expect(sts.received.map(({ action, input, headers }) => [action, input, headers.authorization])).toEqual(
      ['canary-jwt-1', 'canary-jwt-2'].map((WebIdentityToken) => [
        'AssumeRoleWithWebIdentity',
        {
          ProviderId: 'provider',
          WebIdentityToken,
          RoleArn: 'qcs::pod',
          RoleSessionName: 'batch-mcp',
          DurationSeconds: 7200,
        },
        'SKIP',
      ]),
    );
  });

  test('fails without its token, or if it is configured but absent', async () => {
    const around = await surroundingsOf();
    expect(await refusalOf(findCredential({ ...around, env: envOf('/none') }))).toMatch(
      /names \/none, which is not there/,
    );
    expect(await refusalOf(findCredential(around, { source: 'tke-oidc' }))).toMatch(
      /^The identity of a pod needs/,
    );
  });
});
