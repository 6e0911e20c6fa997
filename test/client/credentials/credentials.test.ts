import { describe, expect, test } from 'vitest';
import { type Credentials, createCredentials } from '../../../src/client/credentials/credentials.ts';
import { serve } from '../client-under-test.ts';
import { errorReply } from '../loopback-service.ts';
import { createContext, stampOf, start, type TestContext } from './context-under-test.ts';

const ini = (id: string) => `[default]\nsecret_id = ${id}\nsecret_key = canary-${id}\n`;
const credentialsOf = (context: TestContext) => {
  let now = start;
  const warnings: string[] = [];
  const credentials: Credentials = createCredentials({
    context: { ...context, now: () => now },
    fileFingerprint: stampOf,
    log: { warn: (text) => void warnings.push(text.replaceAll(context.home, '~')) },
  });
  return {
    warnings,
    pass: (ms: number) => {
      now += ms;
    },
    id: async () => (await credentials.get()).credential.secretId,
  };
};

describe('credentials from a file', () => {
  test('are read once, and again when the file changes', async () => {
    const context = await createContext();
    await context.write('.tencentcloud/credentials', ini('AKID1'));
    const cached = credentialsOf(context);
    await cached.id();
    cached.pass(60_000);
    await cached.id();
    const readTwice = context.read.length;
    await context.write('.tencentcloud/credentials', ini('AKID22'));
    cached.pass(1000);
    expect([readTwice, await cached.id(), context.read.length]).toEqual([1, 'AKID22', 2]);
  });

  test('are replaced by a preferred source as soon as that is configured', async () => {
    const context = await createContext();
    await context.write('.tccli/default.credential', { secretId: 'AKIDtccli', secretKey: 'canary' });
    const cached = credentialsOf(context);
    const first = await cached.id();
    await context.write('.tencentcloud/credentials', ini('AKIDfile'));
    cached.pass(1000);
    expect([first, await cached.id()]).toEqual(['AKIDtccli', 'AKIDfile']);
  });

  test('remain in use with a warning, without any secret, while the file is broken', async () => {
    const context = await createContext();
    await context.write('.tencentcloud/credentials', ini('AKID1'));
    const cached = credentialsOf(context);
    await cached.id();
    await context.write('.tencentcloud/credentials', '[default]\nsecret_key = canary');
    cached.pass(1000);
    expect([await cached.id(), cached.warnings]).toEqual([
      'AKID1',
      [
        'Credentials could not be read again; those from ~/.tencentcloud/credentials remain in use: ~/.tencentcloud/credentials must contain secret_id and secret_key under [default].',
      ],
    ]);
    await context.write('.tencentcloud/credentials', ini('AKID333'));
    cached.pass(10_000);
    expect(await cached.id()).toBe('AKID333');
  });

  test('are searched for again by every call while there are none', async () => {
    const context = await createContext();
    const cached = credentialsOf(context);
    await expect(cached.id()).rejects.toThrow(/^There are no credentials/);
    await context.write('.tencentcloud/credentials', ini('AKID1'));
    expect(await cached.id()).toBe('AKID1');
  });
});

describe('credentials of a role', () => {
  const env = {
    TENCENTCLOUD_SECRET_ID: 'AKIDcanary',
    TENCENTCLOUD_SECRET_KEY: 'canary-key',
    TENCENTCLOUD_TOKEN: 'canary-token',
    TENCENTCLOUD_ROLE_ARN: 'qcs::role',
  };
  const prepare = async () => {
    let isAway = false;
    let now = start;
    const sts = await serve(
      (_received, count) =>
        isAway
          ? errorReply('InternalError')
          : {
              Credentials: { TmpSecretId: `AKID${count}`, TmpSecretKey: 'canary', Token: 'canary' },
              ExpiredTime: now / 1000 + 7200,
            },
      { now: () => now },
    );
    const cached = credentialsOf(await createContext({ env, stsOrigin: sts.origin }));
    const pass = (ms: number) => {
      now += ms;
      cached.pass(ms);
    };
    const set = (away: boolean) => () => {
      isAway = away;
    };
    return { ...cached, sts, pass, goAway: set(true), comeBack: set(false) };
  };

  test('are requested once for many concurrent calls', async () => {
    const { id, sts } = await prepare();
    expect([await Promise.all([id(), id(), id()]), sts.received.length]).toEqual([
      ['AKID1', 'AKID1', 'AKID1'],
      1,
    ]);
  });

  test('are renewed five minutes before they expire', async () => {
    const { id, pass } = await prepare();
    await id();
    pass(7200_000 - 301_000);
    const before = await id();
    pass(1000);
    expect([before, await id()]).toEqual(['AKID1', 'AKID2']);
  });

  test('remain in use until they expire when they cannot be renewed, without a request for every call', async () => {
    const { id, pass, sts, goAway, comeBack, warnings } = await prepare();
    await id();
    goAway();
    pass(7200_000 - 200_000);
    expect([await id(), await id(), sts.received.length, warnings.length]).toEqual(['AKID1', 'AKID1', 2, 1]);
    pass(201_000);
    await expect(id()).rejects.toThrow(/^No keys for the role: AssumeRole was refused with InternalError/);
    comeBack();
    expect(await id()).toBe('AKID4');
  });
});
