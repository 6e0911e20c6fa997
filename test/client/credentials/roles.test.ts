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
import { createContext, start } from './context-under-test.ts';

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

  test('is used by default on a machine of the vendor', async () => {
    const { origin } = await startMetadata('batch-user', keys);
    const context = await createContext({ metadataOrigin: origin, system: vendorMachine });
    expect(await findCredential(context)).toEqual(found);
  });

  test('is used anywhere when it is configured, also by the vendor command line, with its region', async () => {
    const { origin } = await startMetadata('batch-user', keys);
    const context = await createContext({ metadataOrigin: origin });
    expect(await findCredential(context, { source: 'cvm-role' })).toEqual(found);
    await context.write('.tccli/default.credential', { type: 'cvm-role' });
    await context.write('.tccli/default.configure', { _sys_param: { region: 'ap-beijing' } });
    expect(await findCredential(context)).toMatchObject({ account: found.account, region: 'ap-beijing' });
  });

  test('is not requested on other machines', async () => {
    const metadata = await startMetadata('batch-user', keys);
    const system = { '/sys/class/dmi/id/sys_vendor': 'LENOVO\n' };
    const context = await createContext({ metadataOrigin: metadata.origin, system });
    expect(await refusalOf(findCredential(context))).toMatch(/^There are no credentials/);
    expect(metadata.received).toEqual([]);
  });

  test('is an error when it is configured and there is no metadata service, no role, or no keys', async () => {
    const asked = { source: 'cvm-role' } as const;
    const refused = async (origin: string) =>
      refusalOf(findCredential(await createContext({ metadataOrigin: origin }), asked));
    expect([
      await refused(await deadOrigin()),
      await refused((await startMetadata('<html>', {})).origin),
      await refused((await startMetadata('batch-user', { Code: 'Fail', TmpSecretKey: 'canary' })).origin),
      await refused((await startAnything(() => (response) => response.end('batch-user'))).origin),
    ]).toMatchInlineSnapshot(`
      [
        "The metadata service of the cloud does not respond: the role of an instance can only be used on an instance.",
        "No role is bound to this instance: bind one, or name another source of credentials.",
        "The metadata service returned no keys for the role batch-user of this instance (HTTP status 200): check that the role is bound and that it is allowed to use Batch.",
        "The response of the metadata service is not valid JSON: check that this is an instance of the cloud.",
      ]
    `);
  });

  test('is skipped on a machine of the vendor without a bound role', async () => {
    const { origin } = await startAnything(() => (response) => response.writeHead(404).end());
    const context = await createContext({ metadataOrigin: origin, system: vendorMachine });
    expect(await refusalOf(findCredential(context))).toMatch(/^There are no credentials/);
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

  test('is requested with a signature of the source credentials', async () => {
    const sts = await serve(() => stsAnswer, { now: () => start });
    const context = await createContext({ env, stsOrigin: sts.origin });
    expect(await findCredential(context)).toEqual({
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

  test('of the vendor command line is requested from the endpoint in its configuration', async () => {
    const known = { secretId: 'AKIDcanary', secretKey: 'canary-key' };
    const sts = await startLoopbackService(() => stsAnswer, { known, now: () => start });
    endLater(sts.stop);
    const context = await createContext();
    await context.write('.tccli/default.credential', {
      ...known,
      'role-arn': 'qcs::role',
      'role-session-name': 's',
    });
    await context.write('.tccli/default.configure', { sts: { endpoint: sts.origin } });
    const where = `role qcs::role, assumed with ${join(context.home, '.tccli', 'default.credential')}`;
    expect(await findCredential(context)).toMatchObject({ source: 'tccli', where, account: 'qcs::role' });
  });

  test('of a profile is requested with the credentials of any source', async () => {
    const sts = await serve(() => stsAnswer, { now: () => start });
    const context = await createContext({
      env: { ...env, TENCENTCLOUD_ROLE_ARN: undefined },
      stsOrigin: sts.origin,
    });
    const role = { roleArn: 'qcs::other', durationSeconds: 900 };
    expect(await findCredential(context, { source: 'auto' }, role)).toMatchObject({ account: 'qcs::other' });
    expect(sts.received[0]?.input).toEqual({
      RoleArn: 'qcs::other',
      RoleSessionName: 'batch-mcp',
      DurationSeconds: 900,
    });
  });

  test('is obtained in spite of a wrong clock', async () => {
    const sts = await serve(() => stsAnswer, { now: () => start + 7200_000 });
    const context = await createContext({ env, stsOrigin: sts.origin });
    expect((await findCredential(context)).credential.secretId).toBe('AKIDsts');
    expect(sts.received).toHaveLength(2);
  });

  test('that is refused, or whose service is unreachable, is reported without any secret', async () => {
    const refusing = await serve(() => errorReply('UnauthorizedOperation', 'canary-key canary-token'), {
      now: () => start,
    });
    const refused = async (stsOrigin: string) =>
      refusalOf(findCredential(await createContext({ env, stsOrigin })));
    expect([await refused(refusing.origin), await refused(await deadOrigin())]).toMatchInlineSnapshot(`
      [
        "No keys for the role: AssumeRole was refused with UnauthorizedOperation: *** *** (RequestId request-1) Check the role, its trust policy for this identity, and the connection to http://HOST.",
        "No keys for the role: AssumeRole: http://HOST refuses connections (ECONNREFUSED): check that it is running and that the port is correct. Nothing was sent. Check the role, its trust policy for this identity, and the connection to http://HOST.",
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

  test('is exchanged for keys without a signature, with the current token of the file', async () => {
    const sts = await startAnything(() => stsAnswer);
    const context = await createContext({ stsOrigin: sts.origin });
    await context.write('token', 'canary-jwt-1\n');
    const pod = { ...context, env: envOf(join(context.home, 'token')) };
    expect(await findCredential(pod)).toEqual({
      credential: { secretId: 'AKIDsts', secretKey: 'canary-sts', token: 'canary-sts-token' },
      source: 'tke-oidc',
      where: 'role qcs::pod of this pod',
      account: 'qcs::pod',
      region: 'ap-tokyo',
      expiresAt: expired * 1000,
    });
    await context.write('token', 'canary-jwt-2\n');
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

  test('is an error without its token, or when it is configured and absent', async () => {
    const context = await createContext();
    expect(await refusalOf(findCredential({ ...context, env: envOf('/none') }))).toMatch(
      /names \/none, which does not exist/,
    );
    expect(await refusalOf(findCredential(context, { source: 'tke-oidc' }))).toMatch(
      /^The identity of a pod needs/,
    );
  });
});
