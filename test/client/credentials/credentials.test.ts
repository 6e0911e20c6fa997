import { describe, expect, test } from 'vitest';
import { type Credentials, createCredentials } from '../../../src/client/credentials/credentials.ts';
import { serve } from '../client-under-test.ts';
import { errorReply } from '../loopback-service.ts';
import { stampOf, start, surroundingsOf, type TestSurroundings } from './surroundings-under-test.ts';

const ini = (id: string) => `[default]\nsecret_id = ${id}\nsecret_key = canary-${id}\n`;
const keep = (around: TestSurroundings) => {
  let now = start;
  const warnings: string[] = [];
  const credentials: Credentials = createCredentials({
    context: { ...around, now: () => now },
    fileFingerprint: stampOf,
    log: { warn: (text) => void warnings.push(text.replaceAll(around.home, '~')) },
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
  test('are cached until the file changes', async () => {
    const around = await surroundingsOf();
    await around.write('.tencentcloud/credentials', ini('AKID1'));
    const kept = keep(around);
    await kept.id();
    kept.pass(60_000);
    await kept.id();
    const readTwice = around.read.length;
    await around.write('.tencentcloud/credentials', ini('AKID22'));
    kept.pass(1000);
    expect([readTwice, await kept.id(), around.read.length]).toEqual([1, 'AKID22', 2]);
  });

  test('are replaced as soon as a source of higher precedence exists', async () => {
    const around = await surroundingsOf();
    await around.write('.tccli/default.credential', { secretId: 'AKIDtccli', secretKey: 'canary' });
    const kept = keep(around);
    const first = await kept.id();
    await around.write('.tencentcloud/credentials', ini('AKIDfile'));
    kept.pass(1000);
    expect([first, await kept.id()]).toEqual(['AKIDtccli', 'AKIDfile']);
  });

  test('remain in use while the file is invalid, with a warning without secrets', async () => {
    const around = await surroundingsOf();
    await around.write('.tencentcloud/credentials', ini('AKID1'));
    const kept = keep(around);
    await kept.id();
    await around.write('.tencentcloud/credentials', '[default]\nsecret_key = canary');
    kept.pass(1000);
    expect([await kept.id(), kept.warnings]).toEqual([
      'AKID1',
      [
        'Credentials could not be read again, those from ~/.tencentcloud/credentials are used on: ~/.tencentcloud/credentials must hold secret_id and secret_key under [default].',
      ],
    ]);
    await around.write('.tencentcloud/credentials', ini('AKID333'));
    kept.pass(10_000);
    expect(await kept.id()).toBe('AKID333');
  });

  test('are searched again at every call while there are none', async () => {
    const around = await surroundingsOf();
    const kept = keep(around);
    await expect(kept.id()).rejects.toThrow(/^There are no credentials/);
    await around.write('.tencentcloud/credentials', ini('AKID1'));
    expect(await kept.id()).toBe('AKID1');
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
    const kept = keep(await surroundingsOf({ env, stsOrigin: sts.origin }));
    const pass = (ms: number) => {
      now += ms;
      kept.pass(ms);
    };
    const set = (away: boolean) => () => {
      isAway = away;
    };
    return { ...kept, sts, pass, goAway: set(true), comeBack: set(false) };
  };

  test('are requested only once by concurrent calls', async () => {
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

  test('remain in use until they expire if renewal fails, without a request per call', async () => {
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
