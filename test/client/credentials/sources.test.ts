import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { findCredential, type SourceChoice } from '../../../src/client/credentials/chain.ts';
import { describeSource, maskedId } from '../../../src/client/credentials/describe.ts';
import { sectionOf } from '../../../src/client/credentials/key-file.ts';
import type { ResolvedCredentials } from '../../../src/client/credentials/source.ts';
import { ConfigError } from '../../../src/shared/errors.ts';
import { failureOf } from '../client-under-test.ts';
import { createContext, start, type TestContext } from './context-under-test.ts';

const keys = { TENCENTCLOUD_SECRET_ID: 'AKIDenv', TENCENTCLOUD_SECRET_KEY: 'canary-env' };
const ini = '[default]\nsecret_id = AKIDfile\nsecret_key = canary-file\n';
const seconds = (fromNow: number) => start / 1000 + fromNow;
const idOf = async (context: TestContext, choice?: SourceChoice) =>
  (await findCredential(context, choice)).credential.secretId;
/** The error message, checked to contain no secret. */
const refusalOf = async (context: TestContext, choice?: SourceChoice): Promise<string> => {
  const error = await failureOf(findCredential(context, choice));
  expect(error).toBeInstanceOf(ConfigError);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/canary/);
  return error instanceof Error ? error.message.replaceAll(context.home, '~') : '';
};

describe('the credentials of the environment', () => {
  test.each(['TENCENTCLOUD_SESSION_TOKEN', 'TENCENTCLOUD_TOKEN', 'TENCENTCLOUD_SECURITY_TOKEN'])(
    'reads credentials, with the session token from %s',
    async (name) => {
      const context = await createContext({
        env: { ...keys, [name]: 'canary-token', TENCENTCLOUD_REGION: 'ap-tokyo' },
      });
      expect(await findCredential(context)).toEqual<ResolvedCredentials>({
        credential: { secretId: 'AKIDenv', secretKey: 'canary-env', token: 'canary-token' },
        source: 'environment',
        where: 'TENCENTCLOUD_SECRET_ID',
        account: 'AKIDenv',
        region: 'ap-tokyo',
      });
    },
  );

  test('are an error when half of the pair is missing, instead of using another account', async () => {
    const context = await createContext({ env: { TENCENTCLOUD_SECRET_KEY: 'canary' } });
    await context.write('.tencentcloud/credentials', ini);
    expect(await refusalOf(context)).toMatch(
      /^TENCENTCLOUD_SECRET_ID is not set, but the other half of the pair is/,
    );
  });

  test('have prefixed names for another account', async () => {
    const context = await createContext({
      env: { ...keys, PROD_TENCENTCLOUD_SECRET_ID: 'AKIDprod', PROD_TENCENTCLOUD_SECRET_KEY: 'canary' },
    });
    expect(await idOf(context, { source: 'environment', prefix: 'PROD_' })).toBe('AKIDprod');
  });
});

describe("the credentials file of the vendor's SDKs", () => {
  test('is read from the home directory, then from /etc', async () => {
    const context = await createContext({ system: { '/etc/tencentcloud/credentials': ini } });
    expect((await findCredential(context)).where).toBe('/etc/tencentcloud/credentials');
    await context.write('.tencentcloud/credentials', `${ini}token = canary-token\n`);
    expect(await findCredential(context)).toEqual<ResolvedCredentials>({
      credential: { secretId: 'AKIDfile', secretKey: 'canary-file', token: 'canary-token' },
      source: 'file',
      where: join(context.home, '.tencentcloud', 'credentials'),
      account: 'AKIDfile',
    });
  });

  test('is read by section with any line endings, and its values are read unchanged', () => {
    const text =
      '\uFEFF; note\r\n[other]\r\nsecret_id=no\r\n[ default ]\r\n# note\r\nsecret_id = a;b#c \r\nsecret_key="q=r=="\r\n\r\ntoken=\r\n[last]\r\nsecret_id=no';
    expect([...sectionOf(text, 'default')]).toEqual([
      ['secret_id', 'a;b#c'],
      ['secret_key', 'q=r=='],
    ]);
  });

  test('is an error when it lacks a key, or is configured and missing', async () => {
    const context = await createContext();
    await context.write('.tencentcloud/credentials', '[default]\nsecret_key = canary\n');
    expect(await refusalOf(context)).toBe(
      '~/.tencentcloud/credentials must contain secret_id and secret_key under [default].',
    );
    expect(await refusalOf(context, { source: 'file', path: '/none' })).toMatch(
      /^The configured credentials file \/none does not exist/,
    );
  });

  test('is an error when it cannot be read', async () => {
    const context = await createContext();
    const readFile = () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));
    expect(await refusalOf({ ...context, readFile })).toBe(
      '~/.tencentcloud/credentials cannot be read (EACCES): give this user the permission to read it.',
    );
  });
});

describe("the credentials of the vendor's command line", () => {
  const configure = { _sys_param: { region: 'ap-shanghai', output: 'json' } };
  const oauth = {
    type: 'oauth',
    secretId: 'AKIDoauth',
    secretKey: 'canary-oauth',
    token: 'canary-token',
    expiresAt: seconds(3600),
    oauth: { openId: 'open-1', accessToken: 'canary-access', refreshToken: 'canary-refresh' },
  };

  test('include the region of the default profile', async () => {
    const context = await createContext();
    await context.write('.tccli/default.credential', { secretId: 'AKIDtccli', secretKey: 'canary' });
    await context.write('.tccli/default.configure', configure);
    expect(await findCredential(context)).toEqual<ResolvedCredentials>({
      credential: { secretId: 'AKIDtccli', secretKey: 'canary', token: undefined },
      source: 'tccli',
      where: join(context.home, '.tccli', 'default.credential'),
      account: 'AKIDtccli',
      region: 'ap-shanghai',
      expiresAt: undefined,
    });
  });

  test('are those of the configured profile, before TCCLI_PROFILE', async () => {
    const context = await createContext({ env: { TCCLI_PROFILE: 'dev' } });
    await context.write('.tccli/dev.credential', { secretId: 'AKIDdev', secretKey: 'canary' });
    await context.write('.tccli/prod.credential', { secretId: 'AKIDprod', secretKey: 'canary' });
    expect([
      await idOf(context),
      await idOf(context, { source: 'auto', tccliProfile: 'prod' }),
      await idOf(context, { source: 'tccli', profile: 'prod' }),
    ]).toEqual(['AKIDdev', 'AKIDprod', 'AKIDprod']);
  });

  test('of a browser login have an account name that does not change with the keys', async () => {
    const context = await createContext();
    await context.write('.tccli/default.credential', oauth);
    expect(await findCredential(context)).toMatchObject({
      account: 'tccli:open-1',
      expiresAt: start + 3600_000,
    });
  });

  test.each([
    ['oauth', 'auth'],
    ['sso', 'sso'],
  ])('with a login (%s) that has expired is refused with the command that renews it', async (type, word) => {
    const context = await createContext();
    await context.write('.tccli/work.credential', { ...oauth, type, expiresAt: seconds(-1) });
    expect(await refusalOf(context, { source: 'tccli', profile: 'work' })).toBe(
      `The login of the tccli profile 'work' has expired: run \`tccli ${word} login --profile work\`.`,
    );
  });

  test.each([
    [
      'broken',
      '{"secretId": "AKID", "secretKey": "canary',
      '~/.tccli/p.credential is not valid JSON: write it again with `tccli configure --profile p`.',
    ],
    ['empty', {}, '~/.tccli/p.credential contains no keys: run `tccli configure --profile p`.'],
  ])('with a %s file is refused', async (_title, content, message) => {
    const context = await createContext();
    await context.write('.tccli/p.credential', content);
    expect(await refusalOf(context, { source: 'tccli', profile: 'p' })).toBe(message);
  });

  test('are an error when the configured profile is missing, or its name is a path', async () => {
    const context = await createContext();
    expect(await refusalOf(context, { source: 'tccli', profile: 'gone' })).toMatch(
      /^There is no tccli profile 'gone'/,
    );
    expect(await refusalOf(context, { source: 'tccli', profile: '../../etc/x' })).toMatch(
      /^The name of a tccli profile/,
    );
    expect(context.read).toEqual([join(context.home, '.tccli', 'gone.credential')]);
  });
});

describe('the order of the sources', () => {
  test('is environment, file, vendor command line', async () => {
    const context = await createContext();
    await context.write('.tccli/default.credential', { secretId: 'AKIDtccli', secretKey: 'canary' });
    const seen = [await idOf(context)];
    await context.write('.tencentcloud/credentials', ini);
    seen.push(await idOf(context), await idOf({ ...context, env: keys }));
    expect(seen).toEqual(['AKIDtccli', 'AKIDfile', 'AKIDenv']);
  });

  test('ends with an error that names both options, without network access, when none is configured', async () => {
    const refused = () => Promise.reject(new Error('network access'));
    const noNetwork = { send: refused, stream: refused, close: async () => {} };
    const context = await createContext({ transport: noNetwork, direct: noNetwork });
    expect(await refusalOf(context)).toMatchInlineSnapshot(
      `"There are no credentials. Either use the local engine, which needs none: start with --local. Or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, write ~/.tencentcloud/credentials, or log in with \`tccli auth login\`."`,
    );
    expect(context.read.map((path) => path.replace(context.home, '~'))).toMatchInlineSnapshot(`
      [
        "~/.tencentcloud/credentials",
        "/etc/tencentcloud/credentials",
        "~/.tccli/default.credential",
        "/sys/class/dmi/id/sys_vendor",
      ]
    `);
  });
});

test('the description of credentials contains no secret, and the id only in part', async () => {
  const context = await createContext({
    env: {
      ...keys,
      TENCENTCLOUD_SECRET_ID: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE',
      TENCENTCLOUD_TOKEN: 'canary-token',
    },
  });
  expect(describeSource({ ...(await findCredential(context)), expiresAt: start })).toEqual({
    source: 'environment',
    where: 'TENCENTCLOUD_SECRET_ID',
    secretId: 'AKID…MPLE',
    kind: 'temporary',
    expires: '2026-11-22T12:00:00.000Z',
  });
  expect(maskedId('short')).toBe('sh…');
});
