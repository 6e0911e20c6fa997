import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { findCredential, type SourceChoice } from '../../../src/client/credentials/chain.ts';
import { describeSource, maskedId } from '../../../src/client/credentials/describe.ts';
import { sectionOf } from '../../../src/client/credentials/key-file.ts';
import type { ResolvedCredentials } from '../../../src/client/credentials/source.ts';
import { ConfigError } from '../../../src/shared/errors.ts';
import { failureOf } from '../client-under-test.ts';
import { start, surroundingsOf, type TestSurroundings } from './surroundings-under-test.ts';

const keys = { TENCENTCLOUD_SECRET_ID: 'AKIDenv', TENCENTCLOUD_SECRET_KEY: 'canary-env' };
const ini = '[default]\nsecret_id = AKIDfile\nsecret_key = canary-file\n';
const seconds = (fromNow: number) => start / 1000 + fromNow;
const idOf = async (around: TestSurroundings, choice?: SourceChoice) =>
  (await findCredential(around, choice)).credential.secretId;
/** The error message, checked to contain no secret. */
const refusalOf = async (around: TestSurroundings, choice?: SourceChoice): Promise<string> => {
  const error = await failureOf(findCredential(around, choice));
  expect(error).toBeInstanceOf(ConfigError);
  expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/canary/);
  return error instanceof Error ? error.message.replaceAll(around.home, '~') : '';
};

describe('the environment source', () => {
  test.each(['TENCENTCLOUD_SESSION_TOKEN', 'TENCENTCLOUD_TOKEN', 'TENCENTCLOUD_SECURITY_TOKEN'])(
    'reads credentials, with the session token from %s',
    async (name) => {
      const around = await surroundingsOf({
        env: { ...keys, [name]: 'canary-token', TENCENTCLOUD_REGION: 'ap-tokyo' },
      });
      expect(await findCredential(around)).toEqual<ResolvedCredentials>({
        credential: { secretId: 'AKIDenv', secretKey: 'canary-env', token: 'canary-token' },
        source: 'environment',
        where: 'TENCENTCLOUD_SECRET_ID',
        account: 'AKIDenv',
        region: 'ap-tokyo',
      });
    },
  );

  test('fails with only one of id and key, instead of falling back to another account', async () => {
    const around = await surroundingsOf({ env: { TENCENTCLOUD_SECRET_KEY: 'canary' } });
    await around.write('.tencentcloud/credentials', ini);
    expect(await refusalOf(around)).toMatch(/^TENCENTCLOUD_SECRET_ID is not set, but its other half is/);
  });

  test('reads variables with a custom prefix', async () => {
    const around = await surroundingsOf({
      env: { ...keys, PROD_TENCENTCLOUD_SECRET_ID: 'AKIDprod', PROD_TENCENTCLOUD_SECRET_KEY: 'canary' },
    });
    expect(await idOf(around, { source: 'environment', prefix: 'PROD_' })).toBe('AKIDprod');
  });
});

describe("the credentials file of the vendor's SDKs", () => {
  test('is read from the home directory, then from /etc', async () => {
    const around = await surroundingsOf({ system: { '/etc/tencentcloud/credentials': ini } });
    expect((await findCredential(around)).where).toBe('/etc/tencentcloud/credentials');
    await around.write('.tencentcloud/credentials', `${ini}token = canary-token\n`);
    expect(await findCredential(around)).toEqual<ResolvedCredentials>({
      credential: { secretId: 'AKIDfile', secretKey: 'canary-file', token: 'canary-token' },
      source: 'file',
      where: join(around.home, '.tencentcloud', 'credentials'),
      account: 'AKIDfile',
    });
  });

  test('is read by section, with any line endings, and its values are unchanged', () => {
    const text =
      '\uFEFF; note\r\n[other]\r\nsecret_id=no\r\n[ default ]\r\n# note\r\nsecret_id = a;b#c \r\nsecret_key="q=r=="\r\n\r\ntoken=\r\n[last]\r\nsecret_id=no';
    expect([...sectionOf(text, 'default')]).toEqual([
      ['secret_id', 'a;b#c'],
      ['secret_key', 'q=r=='],
    ]);
  });

  test('fails if a key is missing, or if it was configured and does not exist', async () => {
    const around = await surroundingsOf();
    await around.write('.tencentcloud/credentials', '[default]\nsecret_key = canary\n');
    expect(await refusalOf(around)).toBe(
      '~/.tencentcloud/credentials must hold secret_id and secret_key under [default].',
    );
    expect(await refusalOf(around, { source: 'file', path: '/none' })).toMatch(/^There is no file \/none/);
  });

  test('fails if it is not readable', async () => {
    const around = await surroundingsOf();
    const readFile = () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));
    expect(await refusalOf({ ...around, readFile })).toBe(
      '~/.tencentcloud/credentials is there, but cannot be read (EACCES): give this user the right to read it.',
    );
  });
});

describe("the configuration of the vendor's command line", () => {
  const configure = { _sys_param: { region: 'ap-shanghai', output: 'json' } };
  const oauth = {
    type: 'oauth',
    secretId: 'AKIDoauth',
    secretKey: 'canary-oauth',
    token: 'canary-token',
    expiresAt: seconds(3600),
    oauth: { openId: 'open-1', accessToken: 'canary-access', refreshToken: 'canary-refresh' },
  };

  test('provides credentials and region of its default profile', async () => {
    const around = await surroundingsOf();
    await around.write('.tccli/default.credential', { secretId: 'AKIDtccli', secretKey: 'canary' });
    await around.write('.tccli/default.configure', configure);
    expect(await findCredential(around)).toEqual<ResolvedCredentials>({
      credential: { secretId: 'AKIDtccli', secretKey: 'canary', token: undefined },
      source: 'tccli',
      where: join(around.home, '.tccli', 'default.credential'),
      account: 'AKIDtccli',
      region: 'ap-shanghai',
      expiresAt: undefined,
    });
  });

  test('uses the configured profile before TCCLI_PROFILE', async () => {
    const around = await surroundingsOf({ env: { TCCLI_PROFILE: 'dev' } });
    await around.write('.tccli/dev.credential', { secretId: 'AKIDdev', secretKey: 'canary' });
    await around.write('.tccli/prod.credential', { secretId: 'AKIDprod', secretKey: 'canary' });
    expect([
      await idOf(around),
      await idOf(around, { source: 'auto', tccliProfile: 'prod' }),
      await idOf(around, { source: 'tccli', profile: 'prod' }),
    ]).toEqual(['AKIDdev', 'AKIDprod', 'AKIDprod']);
  });

  test('provides the credentials of a browser login, with an account name that survives their renewal', async () => {
    const around = await surroundingsOf();
    await around.write('.tccli/default.credential', oauth);
    expect(await findCredential(around)).toMatchObject({
      account: 'tccli:open-1',
      expiresAt: start + 3600_000,
    });
  });

  test.each([
    ['oauth', 'auth'],
    ['sso', 'sso'],
  ])('with a login (%s) that has expired is refused with the command that renews it', async (type, word) => {
    const around = await surroundingsOf();
    await around.write('.tccli/work.credential', { ...oauth, type, expiresAt: seconds(-1) });
    expect(await refusalOf(around, { source: 'tccli', profile: 'work' })).toBe(
      `The login of the tccli profile 'work' has expired: run \`tccli ${word} login --profile work\`.`,
    );
  });

  test.each([
    [
      'broken',
      '{"secretId": "AKID", "secretKey": "canary',
      '~/.tccli/p.credential is not valid JSON: write it anew with `tccli configure --profile p`.',
    ],
    ['empty', {}, '~/.tccli/p.credential holds no keys: run `tccli configure --profile p`.'],
  ])('with a %s file is refused', async (_title, content, message) => {
    const around = await surroundingsOf();
    await around.write('.tccli/p.credential', content);
    expect(await refusalOf(around, { source: 'tccli', profile: 'p' })).toBe(message);
  });

  test('fails if the configured profile does not exist or its name is a path', async () => {
    const around = await surroundingsOf();
    expect(await refusalOf(around, { source: 'tccli', profile: 'gone' })).toMatch(
      /^There is no tccli profile 'gone'/,
    );
    expect(await refusalOf(around, { source: 'tccli', profile: '../../etc/x' })).toMatch(
      /^The name of a tccli profile/,
    );
    expect(around.read).toEqual([join(around.home, '.tccli', 'gone.credential')]);
  });
});

describe('the search for credentials', () => {
  test('tries environment, file, vendor command line', async () => {
    const around = await surroundingsOf();
    await around.write('.tccli/default.credential', { secretId: 'AKIDtccli', secretKey: 'canary' });
    const seen = [await idOf(around)];
    await around.write('.tencentcloud/credentials', ini);
    seen.push(await idOf(around), await idOf({ ...around, env: keys }));
    expect(seen).toEqual(['AKIDtccli', 'AKIDfile', 'AKIDenv']);
  });

  test('fails with the options to configure, without network access, if there are none', async () => {
    const noNetwork = { send: () => Promise.reject(new Error('network access')), close: async () => {} };
    const around = await surroundingsOf({ transport: noNetwork, direct: noNetwork });
    expect(await refusalOf(around)).toMatchInlineSnapshot(
      `"There are no credentials. Either use the local engine, which needs none: start with --local. Or set TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, write ~/.tencentcloud/credentials, or log in with \`tccli auth login\`."`,
    );
    expect(around.read.map((path) => path.replace(around.home, '~'))).toMatchInlineSnapshot(`
      [
        "~/.tencentcloud/credentials",
        "/etc/tencentcloud/credentials",
        "~/.tccli/default.credential",
        "/sys/class/dmi/id/sys_vendor",
      ]
    `);
  });
});

test('the description of credentials contains no secret and only part of the id', async () => {
  const around = await surroundingsOf({
    env: {
      ...keys,
      TENCENTCLOUD_SECRET_ID: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE',
      TENCENTCLOUD_TOKEN: 'canary-token',
    },
  });
  expect(describeSource({ ...(await findCredential(around)), expiresAt: start })).toEqual({
    source: 'environment',
    where: 'TENCENTCLOUD_SECRET_ID',
    secretId: 'AKID…MPLE',
    kind: 'temporary',
    expires: '2026-11-22T12:00:00.000Z',
  });
  expect(maskedId('short')).toBe('sh…');
});
