import { spawnSync } from 'node:child_process';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  createIdempotencyStore,
  type IdempotencyStoreOptions,
  type RequestKey,
} from '../../../src/client/idempotency/idempotency-store.ts';
import { ConfigError } from '../../../src/shared/errors.ts';
import { program } from '../../paths.ts';
import { temporaryDir } from '../client-under-test.ts';

const start = Date.UTC(2026, 10, 22);
const hour = 3600_000;
const requestKey: RequestKey = {
  action: 'SubmitJob',
  endpoint: 'https://batch.tencentcloudapi.com',
  account: 'AKIDEXAMPLE',
  region: 'ap-guangzhou',
  input: { Job: { Tasks: [{ TaskName: 'a', Password: 'canary' }] }, Placement: { Zone: 'ap-guangzhou-2' } },
};

/** One process that uses the directory. Tokens are numbered across all processes. */
let tokens = 0;
const processOf = (dir: string, more: Partial<IdempotencyStoreOptions> = {}) =>
  createIdempotencyStore({
    dir: join(dir, 'intents'),
    now: () => start,
    newToken: () => `token-${++tokens}`,
    pid: 100,
    isAlive: () => false,
    ...more,
  });

describe('an equal request', () => {
  test('after a completed one is new', async () => {
    const store = processOf(await temporaryDir());
    const first = await store.claim(requestKey);
    await first.complete();
    const second = await store.claim(requestKey);
    expect([second.token === first.token, second.resumedFrom]).toEqual([false, undefined]);
  });

  test('after one with a lost response carries the same token, also in a new process', async () => {
    const dir = await temporaryDir();
    const first = await processOf(dir).claim(requestKey);
    await first.markUnresolved();
    const second = await processOf(dir, { pid: 200, now: () => start + 23 * hour }).claim(requestKey);
    expect([second.token, second.resumedFrom]).toEqual([first.token, start]);
    await second.complete();
    expect((await processOf(dir).claim(requestKey)).token).not.toBe(first.token);
  });

  test('after a process that died during its call carries the same token', async () => {
    const dir = await temporaryDir();
    const first = await processOf(dir).claim(requestKey);
    expect((await processOf(dir, { pid: 200 }).claim(requestKey)).token).toBe(first.token);
  });

  test('of another process with the same pid carries the same token', async () => {
    const dir = await temporaryDir();
    const first = await processOf(dir, { isAlive: () => true }).claim(requestKey);
    expect((await processOf(dir, { isAlive: () => true }).claim(requestKey)).token).toBe(first.token);
  });

  test('during the first one is a second request, in one process and in two', async () => {
    const dir = await temporaryDir();
    const store = processOf(dir);
    const [first, second] = [await store.claim(requestKey), await store.claim(requestKey)];
    const third = await processOf(dir, { pid: 200, isAlive: (pid) => pid === 100 }).claim(requestKey);
    expect(new Set([first.token, second.token, third.token]).size).toBe(3);
  });

  test('in several processes at the same moment resolves the unresolved one once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const dir = await temporaryDir();
      const isAlive = (pid: number) => pid > 200;
      const lost = await processOf(dir, { pid: 200 }).claim(requestKey);
      await lost.markUnresolved();
      const later = () => start + hour;
      const others = Array.from({ length: 8 }, (_, at) =>
        processOf(dir, { pid: 201 + at, isAlive, now: later }),
      );
      const claims = await Promise.all(others.map((store) => store.claim(requestKey)));
      expect(new Set(claims.map((claim) => claim.token)).size).toBe(8);
      const resolving = claims.filter((claim) => claim.resumedFrom === start);
      expect(resolving.map((claim) => claim.token)).toEqual([lost.token]);
      // The resumed request counts as in flight from now, not from when it was lost.
      const next = await processOf(dir, { pid: 300, isAlive, now: later }).claim(requestKey);
      expect(next.resumedFrom).toBe(undefined);
      await Promise.all([...claims, next].map((claim) => claim.complete()));
      expect(await readdir(join(dir, 'intents'))).toEqual([]);
    }
  });

  test('at the same moment is a second request, and one of many resolves the unresolved one', async () => {
    const store = processOf(await temporaryDir());
    const lost = await store.claim(requestKey);
    await lost.markUnresolved();
    for (const resolved of [1, 0, 0]) {
      const claims = await Promise.all(Array.from({ length: 50 }, () => store.claim(requestKey)));
      expect(new Set(claims.map((claim) => claim.token)).size).toBe(50);
      expect(claims.filter((claim) => claim.resumedFrom !== undefined)).toHaveLength(resolved);
      // Some are still being completed while the next ones are claimed.
      void Promise.all(claims.map((claim) => claim.complete()));
    }
  });

  test('after one whose file cannot be removed is new', async () => {
    const dir = await temporaryDir();
    const store = processOf(dir);
    const first = await store.claim(requestKey);
    const [name = ''] = await readdir(join(dir, 'intents'));
    // A directory in its place cannot be removed as a file, even by root.
    await rm(join(dir, 'intents', name));
    await mkdir(join(dir, 'intents', name));
    await first.complete();
    const second = await store.claim(requestKey);
    expect([second.token === first.token, second.resumedFrom]).toEqual([false, undefined]);
  });

  test('a day later is new, and expired files are removed', async () => {
    const dir = await temporaryDir();
    const first = await processOf(dir).claim(requestKey);
    await first.markUnresolved();
    const second = await processOf(dir, { pid: 200, now: () => start + 25 * hour }).claim(requestKey);
    expect([second.token === first.token, (await readdir(join(dir, 'intents'))).length]).toEqual([false, 1]);
  });

  test('is equal with any order of keys, and different with any other value', async () => {
    const store = processOf(await temporaryDir());
    const first = await store.claim(requestKey);
    await first.markUnresolved();
    const others: RequestKey[] = [
      { ...requestKey, region: 'ap-tokyo' },
      { ...requestKey, account: 'AKIDOTHER' },
      { ...requestKey, endpoint: 'https://batch.intl.tencentcloudapi.com' },
      { ...requestKey, action: 'CreateComputeEnv' },
      { ...requestKey, input: { ...Object(requestKey.input), Placement: { Zone: 'ap-guangzhou-3' } } },
    ];
    for (const other of others) expect((await store.claim(other)).token).not.toBe(first.token);
    const { Job, Placement } = Object(requestKey.input);
    expect((await store.claim({ ...requestKey, input: { Placement, Job } })).token).toBe(first.token);
  });
});

describe('the record of a request', () => {
  test('exists before the call, readable for the owner only, and without the arguments', async () => {
    const dir = await temporaryDir();
    const { token } = await processOf(dir).claim(requestKey);
    const [name = ''] = await readdir(join(dir, 'intents'));
    expect(name).toMatch(new RegExp(`^[0-9a-f]{32}\\.${token}\\.${start}\\.100$`));
    const path = join(dir, 'intents', name);
    const { digest, ...others } = JSON.parse(await readFile(path, 'utf8'));
    expect([digest.length, others]).toEqual([
      64,
      {
        action: 'SubmitJob',
        endpoint: 'https://batch.tencentcloudapi.com',
        account: 'AKIDEXAMPLE',
        region: 'ap-guangzhou',
        at: start,
      },
    ]);
    expect(((await stat(path)).mode & 0o777).toString(8)).toBe(process.platform === 'win32' ? '666' : '600');
  });

  test('is required: when it cannot be written, the claim fails and says what to do', async () => {
    const dir = await temporaryDir();
    await writeFile(join(dir, 'intents'), 'in the way');
    const claim = processOf(dir).claim(requestKey);
    await expect(claim).rejects.toThrow(ConfigError);
    await expect(claim).rejects.toThrow(/SubmitJob was not sent.*--data-dir/);
  });

  // A file size limit simulates a full disk: the file can be created, but not written.
  test.skipIf(process.platform === 'win32')('is removed when it could be written only in part', async () => {
    const dir = await temporaryDir();
    const submission = {
      Placement: { Zone: 'ap-guangzhou-2' },
      Job: {
        Tasks: [
          {
            TaskName: 'a',
            Application: { DeliveryForm: 'LOCAL', Command: 'true' },
            ComputeEnv: {
              EnvType: 'MANAGED',
              EnvData: { InstanceType: 'S1.SMALL1', ImageId: 'img-m4q71qnf' },
            },
          },
        ],
      },
    };
    const called = spawnSync(
      '/bin/sh',
      ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, program, 'call', 'SubmitJob']
        .concat(JSON.stringify(submission))
        .concat(
          '--endpoint=http://127.0.0.1:1',
          '--region=ap-guangzhou',
          '--audit-file=off',
          `--data-dir=${dir}`,
        ),
      {
        env: {
          PATH: process.env.PATH,
          TENCENTCLOUD_SECRET_ID: 'AKIDEXAMPLE',
          TENCENTCLOUD_SECRET_KEY: 'example',
        },
        encoding: 'utf8',
      },
    );
    expect(called.stdout).toContain('could not be recorded');
    expect(await readdir(join(dir, 'intents'))).toEqual([]);
  });

  test('may be among unrelated files', async () => {
    const dir = await temporaryDir();
    const store = processOf(dir);
    await (await store.claim(requestKey)).complete();
    await writeFile(join(dir, 'intents', 'README'), 'mine');
    await chmod(join(dir, 'intents', 'README'), 0o600);
    await store.claim(requestKey);
    expect(await readFile(join(dir, 'intents', 'README'), 'utf8')).toBe('mine');
  });
});
