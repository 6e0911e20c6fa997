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
const intent: RequestKey = {
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

describe('an identical call', () => {
  test('after a confirmed one has a new token', async () => {
    const once = processOf(await temporaryDir());
    const first = await once.claim(intent);
    await first.complete();
    const second = await once.claim(intent);
    expect([second.token === first.token, second.resumedFrom]).toEqual([false, undefined]);
  });

  test('after one with a lost response has the same token, also in a new process', async () => {
    const dir = await temporaryDir();
    const first = await processOf(dir).claim(intent);
    await first.markUnresolved();
    const second = await processOf(dir, { pid: 200, now: () => start + 23 * hour }).claim(intent);
    expect([second.token, second.resumedFrom]).toEqual([first.token, start]);
    await second.complete();
    expect((await processOf(dir).claim(intent)).token).not.toBe(first.token);
  });

  test('after a process that died during its call has the same token', async () => {
    const dir = await temporaryDir();
    const first = await processOf(dir).claim(intent);
    expect((await processOf(dir, { pid: 200 }).claim(intent)).token).toBe(first.token);
  });

  test('of a new process with the same pid has the same token', async () => {
    const dir = await temporaryDir();
    const first = await processOf(dir, { isAlive: () => true }).claim(intent);
    expect((await processOf(dir, { isAlive: () => true }).claim(intent)).token).toBe(first.token);
  });

  test('during another one in flight has a new token, in the same or another process', async () => {
    const dir = await temporaryDir();
    const once = processOf(dir);
    const [first, second] = [await once.claim(intent), await once.claim(intent)];
    const third = await processOf(dir, { pid: 200, isAlive: (pid) => pid === 100 }).claim(intent);
    expect(new Set([first.token, second.token, third.token]).size).toBe(3);
  });

  test('made concurrently by several processes resumes a lost one in only one of them', async () => {
    for (let round = 0; round < 10; round += 1) {
      const dir = await temporaryDir();
      const isAlive = (pid: number) => pid > 200;
      const lost = await processOf(dir, { pid: 200 }).claim(intent);
      await lost.markUnresolved();
      const later = () => start + hour;
      const others = Array.from({ length: 8 }, (_, at) =>
        processOf(dir, { pid: 201 + at, isAlive, now: later }),
      );
      const claims = await Promise.all(others.map((once) => once.claim(intent)));
      expect(new Set(claims.map((claim) => claim.token)).size).toBe(8);
      const resolving = claims.filter((claim) => claim.resumedFrom === start);
      expect(resolving.map((claim) => claim.token)).toEqual([lost.token]);
      // The resumed request counts as in flight from now, not from when it was lost.
      const next = await processOf(dir, { pid: 300, isAlive, now: later }).claim(intent);
      expect(next.resumedFrom).toBe(undefined);
      await Promise.all([...claims, next].map((claim) => claim.complete()));
      expect(await readdir(join(dir, 'intents'))).toEqual([]);
    }
  });

  test('made concurrently in one process resumes a lost one only once; the others have new tokens', async () => {
    const once = processOf(await temporaryDir());
    const lost = await once.claim(intent);
    await lost.markUnresolved();
    for (const resolved of [1, 0, 0]) {
      const claims = await Promise.all(Array.from({ length: 50 }, () => once.claim(intent)));
      expect(new Set(claims.map((claim) => claim.token)).size).toBe(50);
      expect(claims.filter((claim) => claim.resumedFrom !== undefined)).toHaveLength(resolved);
      // Some are still being completed while the next ones start.
      void Promise.all(claims.map((claim) => claim.complete()));
    }
  });

  test('after a confirmed one whose file cannot be removed has a new token', async () => {
    const dir = await temporaryDir();
    const once = processOf(dir);
    const first = await once.claim(intent);
    const [name = ''] = await readdir(join(dir, 'intents'));
    // A directory in its place cannot be removed as a file, even by root.
    await rm(join(dir, 'intents', name));
    await mkdir(join(dir, 'intents', name));
    await first.complete();
    const second = await once.claim(intent);
    expect([second.token === first.token, second.resumedFrom]).toEqual([false, undefined]);
  });

  test('after a day has a new token, and expired files are removed', async () => {
    const dir = await temporaryDir();
    const first = await processOf(dir).claim(intent);
    await first.markUnresolved();
    const second = await processOf(dir, { pid: 200, now: () => start + 25 * hour }).claim(intent);
    expect([second.token === first.token, (await readdir(join(dir, 'intents'))).length]).toEqual([false, 1]);
  });

  test('is recognized regardless of key order, and differs by any value', async () => {
    const once = processOf(await temporaryDir());
    const first = await once.claim(intent);
    await first.markUnresolved();
    const others: RequestKey[] = [
      { ...intent, region: 'ap-tokyo' },
      { ...intent, account: 'AKIDOTHER' },
      { ...intent, endpoint: 'https://batch.intl.tencentcloudapi.com' },
      { ...intent, action: 'CreateComputeEnv' },
      { ...intent, input: { ...Object(intent.input), Placement: { Zone: 'ap-guangzhou-3' } } },
    ];
    for (const other of others) expect((await once.claim(other)).token).not.toBe(first.token);
    const { Job, Placement } = Object(intent.input);
    expect((await once.claim({ ...intent, input: { Placement, Job } })).token).toBe(first.token);
  });
});

describe('the record of a request', () => {
  test('is written before sending, readable by its owner only, and without the arguments', async () => {
    const dir = await temporaryDir();
    const { token } = await processOf(dir).claim(intent);
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

  test('is required: if it cannot be written the call fails and names the next step', async () => {
    const dir = await temporaryDir();
    await writeFile(join(dir, 'intents'), 'in the way');
    const claim = processOf(dir).claim(intent);
    await expect(claim).rejects.toThrow(ConfigError);
    await expect(claim).rejects.toThrow(/SubmitJob was not sent.*--data-dir/);
  });

  // A file size limit simulates a full disk: the file can be created, but nothing can be written to it.
  test.skipIf(process.platform === 'win32')('is removed if it could be written only in part', async () => {
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
    expect(called.stdout).toContain('could not be written down');
    expect(await readdir(join(dir, 'intents'))).toEqual([]);
  });

  test('may share its directory with unrelated files', async () => {
    const dir = await temporaryDir();
    const once = processOf(dir);
    await (await once.claim(intent)).complete();
    await writeFile(join(dir, 'intents', 'README'), 'mine');
    await chmod(join(dir, 'intents', 'README'), 0o600);
    await once.claim(intent);
    expect(await readFile(join(dir, 'intents', 'README'), 'utf8')).toBe('mine');
  });
});
