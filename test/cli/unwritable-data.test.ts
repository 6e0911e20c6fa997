/** A data directory that this user cannot write: the session works, and calls that need the directory name --data-dir. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jobOf, startTestEngine } from '../mcp/harness.ts';
import { root } from '../paths.ts';
import { messageOf, runSession } from './session.ts';

const isRoot = process.geteuid?.() === 0;
const repository = '/mnt';
/**
 * The program as a user who is not root. The repository may be in a directory that only root can read, so it is
 * mounted where everybody can.
 */
const asOrdinaryUser = isRoot
  ? [
      ...['bwrap', '--dev-bind', '/', '/', '--ro-bind', root, repository, '--die-with-parent'],
      ...['setpriv', '--reuid', '20123', '--regid', '20123', '--clear-groups'],
      ...[process.execPath, join(repository, 'dist', 'batch-mcp.js')],
    ]
  : [process.execPath, join(root, 'dist', 'batch-mcp.js')];

const directory = mkdtempSync(join(tmpdir(), 'batch-mcp-unwritable-'));
chmodSync(directory, 0o755);
const mount = (path: string, options: string): boolean => {
  mkdirSync(path, { recursive: true });
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]).status === 0;
};
const [readOnly, changing] = [join(directory, 'read-only'), join(directory, 'changing')];
const isMounted = mount(readOnly, 'ro,size=1m') && mount(changing, 'size=1m');

let engine: Awaited<ReturnType<typeof startTestEngine>>;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(async () => {
  await engine.stop();
  for (const path of [readOnly, changing]) spawnSync('umount', ['-l', path]);
  spawnSync('chmod', ['-R', 'u+rwX', directory]);
  rmSync(directory, { recursive: true, force: true });
});

const describeJobs = { name: 'DescribeJobs', arguments: {} };
const createTemplate = {
  name: 'CreateTaskTemplate',
  arguments: {
    TaskTemplateName: 'a',
    TaskTemplateInfo: { Application: { DeliveryForm: 'LOCAL', Command: 'true' }, EnvId: 'env-1a2b3c4d' },
  },
};
const env = { HOME: directory };
/** Options and variables of a server whose API is the test's engine, so that only changes need the data directory. */
const overEngine = () => ({
  args: ['--endpoint', engine.endpoint, '--region', 'ap-guangzhou'],
  env: { ...env, TENCENTCLOUD_SECRET_ID: engine.secretId, TENCENTCLOUD_SECRET_KEY: engine.secretKey },
});

describe('a data directory without permission', () => {
  const makeClosed = (name: string, mode: number): string => {
    const path = join(directory, name);
    mkdirSync(path);
    chmodSync(path, mode);
    return path;
  };
  const closed = makeClosed('closed', 0o555);
  const unreadable = makeClosed('unreadable', 0o000);

  test.each([
    [closed, 'is not writable for this user'],
    [join(closed, 'a', 'b'), `cannot be created: ${closed} is not writable for this user`],
    [unreadable, 'is not writable for this user'],
    [join(unreadable, 'a'), 'is not writable for this user'],
  ])('%s: %s', async (path, reason) => {
    const { args, env: variables } = overEngine();
    const requests = engine.requests.length;
    const { listed, results, stderr, code } = await runSession({
      command: asOrdinaryUser,
      args: [...args, '--data-dir', path],
      env: variables,
      calls: [describeJobs, createTemplate],
    });
    const message = `--data-dir, ${path}, ${reason}.`;
    expect([listed.includes('SubmitJob'), code, stderr]).toEqual([true, 0, `batch-mcp: ${message}\n`]);
    expect(results[0]?.isError ?? false, messageOf(results[0])).toBe(false);
    expect(results[1]?.structuredContent).toMatchObject({ error: 'ConfigError', message });
    expect(engine.requests.slice(requests).map(({ action }) => action)).toEqual(['DescribeJobs']);
  });

  test('fails every call of the local engine, which needs it', async () => {
    const { results, code } = await runSession({
      command: asOrdinaryUser,
      args: ['--local', '--sandbox', 'none', '--data-dir', closed],
      env,
      calls: [describeJobs],
    });
    expect(code).toBe(0);
    expect(messageOf(results[0])).toBe(`--data-dir, ${closed}, is not writable for this user.`);
  });

  test('in which the audit file is not writable is not the problem, but this file', async () => {
    const path = makeClosed('one-file', 0o777);
    writeFileSync(join(path, 'audit.jsonl'), '');
    chmodSync(join(path, 'audit.jsonl'), 0o444);
    const { args, env: variables } = overEngine();
    const { results } = await runSession({
      command: asOrdinaryUser,
      args: [...args, '--data-dir', path],
      env: variables,
      calls: [createTemplate],
    });
    expect(messageOf(results[0])).toBe(
      `The audit file ${join(path, 'audit.jsonl')} cannot be written (EACCES), so nothing was sent. Make it writable, choose another one with --audit-file, or disable the audit with --audit-file off.`,
    );
  });
});

describe.skipIf(!isMounted)('a data directory on a read-only file system', () => {
  test.each([
    [readOnly, 'is on a read-only file system'],
    [join(readOnly, 'a', 'b'), `cannot be created: ${readOnly} is on a read-only file system`],
  ])('%s: %s', async (path, reason) => {
    const { args, env: variables } = overEngine();
    const calls = [describeJobs, createTemplate];
    const { results, stderr, code } = await runSession({
      args: [...args, '--data-dir', path],
      env: variables,
      calls,
    });
    const message = `--data-dir, ${path}, ${reason}.`;
    expect([code, stderr]).toEqual([0, `batch-mcp: ${message}\n`]);
    expect(results[0]?.isError ?? false, messageOf(results[0])).toBe(false);
    expect(results[1]?.structuredContent).toMatchObject({ error: 'ConfigError', message });
  });

  test.each([
    [createTemplate, [], /^The audit file \S+ cannot be written \(EROFS\), so nothing was sent\. /],
    [
      // Its ClientToken is stored before it is sent.
      { name: 'SubmitJob', arguments: jobOf('true') },
      ['--audit-file', 'off'],
      /^SubmitJob was not sent, because it could not be recorded in \S+ \(EROFS\): .*--data-dir\.$/,
    ],
  ])(
    'that became read-only after the start is named, and nothing is sent: %j, %j',
    async (call, more, message) => {
      spawnSync('mount', ['-o', 'remount,rw', changing]);
      const { args, env: variables } = overEngine();
      const requests = engine.requests.length;
      const { results } = await runSession({
        args: [...args, '--data-dir', changing, ...more],
        env: variables,
        calls: [call, call],
        between: () => expect(spawnSync('mount', ['-o', 'remount,ro', changing]).status).toBe(0),
      });
      expect(results[0]?.isError ?? false, messageOf(results[0])).toBe(false);
      expect(results[1]?.structuredContent?.error).toBe('ConfigError');
      expect(messageOf(results[1])).toMatch(message);
      expect(engine.requests.slice(requests).map(({ action }) => action)).toEqual([call.name]);
    },
  );
});
