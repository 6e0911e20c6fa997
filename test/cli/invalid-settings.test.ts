/** The built program with invalid settings: the session works, stderr names the setting, and only the calls it concerns fail. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { endJobsOf } from '../end-jobs.ts';
import { program } from '../paths.ts';
import { messageOf, runSession, type SessionCall } from './session.ts';

const directory = mkdtempSync(join(tmpdir(), 'batch-mcp-invalid-'));
const dataDir = join(directory, 'data');
writeFileSync(join(directory, 'file'), '');
const [pipe, large] = [join(directory, 'pipe'), join(directory, 'large')];
execFileSync('mkfifo', [pipe]);
symlinkSync(join(directory, 'loop'), join(directory, 'loop'));
writeFileSync(large, Buffer.alloc(5 * 1024 * 1024, ' '));
afterAll(async () => {
  const env = { PATH: process.env.PATH ?? '', HOME: directory };
  await once(spawn(process.execPath, [program, 'engine', 'stop', '--data-dir', dataDir], { env }), 'exit');
  endJobsOf(dataDir);
  rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});
const keys = { TENCENTCLOUD_SECRET_ID: 'AKIDcanary', TENCENTCLOUD_SECRET_KEY: 'canary' };

const session = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  calls?: readonly SessionCall[],
) =>
  runSession({
    args,
    env: { HOME: directory, BATCH_MCP_DATA_DIR: dataDir, ...env },
    ...(calls && { calls }),
  });

const describeJobs = { name: 'DescribeJobs', arguments: {} };
const inTokyo = { name: 'DescribeJobs', arguments: { Region: 'ap-tokyo' } };
const listAzure = { name: 'AzureListJobs', arguments: {} };

describe('with an invalid setting of the cloud, the session works and its calls name the setting:', () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ TENCENTCLOUD_SECRET_ID: '${TENCENTCLOUD_SECRET_ID}' }, /^TENCENTCLOUD_SECRET_ID is a placeholder/],
    [{ TENCENTCLOUD_SECRET_ID: '"AKIDcanary"' }, /^TENCENTCLOUD_SECRET_ID contains quotation marks/],
    [
      { TENCENTCLOUD_SECRET_ID: 'AKID\u200bcanary' },
      /^TENCENTCLOUD_SECRET_ID contains an invisible character/,
    ],
    [{ TENCENTCLOUD_SECRET_ID: 'op://vault/batch/id' }, /^TENCENTCLOUD_SECRET_ID is a placeholder/],
    [{ TENCENTCLOUD_SECRET_KEY: 'env:SECRET_KEY' }, /^TENCENTCLOUD_SECRET_KEY is a placeholder/],
    [{ TENCENTCLOUD_SECRET_KEY: 'your key' }, /^TENCENTCLOUD_SECRET_KEY is a placeholder/],
    [{ BATCH_MCP_REGION: '${REGION}' }, /^BATCH_MCP_REGION is a placeholder/],
    [{ BATCH_MCP_ENDPOINT: 'https://{{HOST}}' }, /^BATCH_MCP_ENDPOINT is a placeholder/],
    [{ BATCH_MCP_ENDPOINT: 'batch.example' }, /^BATCH_MCP_ENDPOINT: The endpoint must begin with https/],
    [{ BATCH_MCP_TIMEOUT: 'soon' }, /^BATCH_MCP_TIMEOUT is 'soon'/],
    [{ BATCH_MCP_LOCAL: 'maybe' }, /^BATCH_MCP_LOCAL is 'maybe'/],
    [{ HTTPS_PROXY: 'http://me:canary@pro xy' }, /^HTTPS_PROXY is not the address of a proxy/],
    [
      { BATCH_MCP_CA: '/nonexistent/ca.pem' },
      /^The file of --ca, \/nonexistent\/ca\.pem, cannot be read \(ENOENT\)/,
    ],
    [{ BATCH_MCP_CONFIG: '/nonexistent.json' }, /\(BATCH_MCP_CONFIG\) cannot be read \(ENOENT\)/],
    // A device and a named pipe, which never end.
    [{ BATCH_MCP_CA: '/dev/zero' }, /^The file of --ca, \/dev\/zero, cannot be read \(not a regular file\)/],
    [{ BATCH_MCP_CONFIG: '/dev/zero' }, /\(BATCH_MCP_CONFIG\) cannot be read \(not a regular file\)/],
    [{ BATCH_MCP_CA: pipe }, /cannot be read \(not a regular file\)/],
    [{ BATCH_MCP_CONFIG: pipe }, /cannot be read \(not a regular file\)/],
    [{ BATCH_MCP_CA: large }, /cannot be read \(larger than 4 MiB\)/],
    [{ BATCH_MCP_CONFIG: large }, /cannot be read \(larger than 4 MiB\)/],
  ];
  test.each(cases)('%j', async (env, message) => {
    const { listed, results, stderr, code } = await session(
      [],
      { ...keys, ...(env.BATCH_MCP_REGION === undefined && { BATCH_MCP_REGION: 'ap-tokyo' }), ...env },
      [describeJobs],
    );
    expect(listed).toContain('DescribeJobs');
    expect(results[0]?.structuredContent?.error).toBe('ConfigError');
    expect(messageOf(results[0])).toMatch(message);
    expect(messageOf(results[0]) + stderr).not.toContain('canary');
    expect(code).toBe(0);
  });

  test('what is known at the start is on stderr, in one line each', async () => {
    const env = { ...keys, BATCH_MCP_REGION: 'your-region', HTTPS_PROXY: 'http://[', BATCH_MCP_REGOIN: 'x' };
    const { stderr } = await session([], env);
    expect(stderr.trimEnd().split('\n')).toEqual([
      'batch-mcp: There is no variable BATCH_MCP_REGOIN, so it is ignored. Did you mean BATCH_MCP_REGION?',
      'batch-mcp: BATCH_MCP_REGION is a placeholder that was not filled in; set the value itself.',
      'batch-mcp: HTTPS_PROXY is not the address of a proxy, such as http://proxy.example.com:8080. Correct it, or unset it to connect directly.',
    ]);
  });
});

describe('an invalid setting does not affect the calls that do not need it:', () => {
  const azure = { AZURE_BATCH_ACCOUNT: 'acct', AZURE_BATCH_ACCESS_KEY: 'a2V5' };

  test.each([
    ['${AZURE_BATCH_ENDPOINT}', /^AZURE_BATCH_ENDPOINT is a placeholder/],
    ['acct', /AZURE_BATCH_ENDPOINT\) is invalid: it is not a URL/],
    ['https://acct.example', /AZURE_BATCH_ENDPOINT\) is invalid: its host must end in/],
  ])('the Azure endpoint %s fails only the Azure tools', async (endpoint, message) => {
    const { listed, results, stderr } = await session(
      ['--local', '--sandbox', 'none'],
      { ...azure, AZURE_BATCH_ENDPOINT: endpoint },
      [describeJobs, listAzure],
    );
    expect([listed.includes('DescribeJobs'), listed.includes('AzureListJobs')]).toEqual([true, true]);
    expect(results[0]?.structuredContent?.summary).toBe('0 jobs.');
    expect(messageOf(results[1])).toMatch(message);
    expect(stderr).toMatch(/^batch-mcp: .*AZURE_BATCH_ENDPOINT.*\n/m);
  });

  test('with --tools job, an invalid Azure endpoint is not used at all', async () => {
    const { listed, results } = await session(
      ['--local', '--sandbox', 'none', '--tools', 'job'],
      { AZURE_BATCH_ENDPOINT: '${AZURE_BATCH_ENDPOINT}' },
      [describeJobs],
    );
    expect(listed).not.toContain('AzureListJobs');
    expect(results[0]?.isError ?? false).toBe(false);
  });

  test('a malformed proxy and placeholder keys do not affect the local engine', async () => {
    const { results, stderr } = await session(
      ['--local', '--sandbox', 'none'],
      { HTTPS_PROXY: 'http://[', TENCENTCLOUD_SECRET_ID: 'your id' },
      [describeJobs],
    );
    expect([results[0]?.structuredContent?.summary, stderr]).toEqual(['0 jobs.', '']);
  });

  test('an invalid default region fails only calls without Region', async () => {
    const server = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // A listening TCP server has an AddressInfo.
    const { results } = await session(
      ['--endpoint', `http://127.0.0.1:${port}`],
      { ...keys, BATCH_MCP_REGION: 'ap-nowhere' },
      [describeJobs, inTokyo],
    );
    server.close();
    expect(messageOf(results[0])).toMatch(/^BATCH_MCP_REGION is 'ap-nowhere', which is not a region/);
    expect(results[1]?.structuredContent?.error).toBe('TransportError');
  });

  test.each([
    '/proc/xyz',
    '/dev/x',
    '/',
    join(directory, 'file'),
    join(directory, 'file', 'x'),
    join(directory, 'x'.repeat(300)),
    join(directory, 'loop'),
  ])('the data directory %s fails every call of the local engine, which needs it', async (path) => {
    const { listed, results, stderr, code } = await session(['--local', '--data-dir', path], {}, [
      describeJobs,
    ]);
    expect([listed.includes('SubmitJob'), code]).toEqual([true, 0]);
    expect(results[0]?.structuredContent?.error).toBe('ConfigError');
    expect(messageOf(results[0])).toMatch(/^--data-dir, /);
    expect(stderr).toMatch(/^batch-mcp: --data-dir, /);
  });

  test('an unusable data directory fails only the changes in the cloud, before anything is sent', async () => {
    const server = createServer((socket) => socket.destroy());
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // A listening TCP server has an AddressInfo.
    const args = ['--endpoint', `http://127.0.0.1:${port}`, '--data-dir', '/proc/xyz', '--confirm', 'none'];
    const { results } = await session(args, { ...keys, BATCH_MCP_REGION: 'ap-tokyo' }, [
      { name: 'DeleteJob', arguments: { JobId: 'job-1a2b3c4d' } },
    ]);
    expect(messageOf(results[0])).toMatch(/^--data-dir, \/proc\/xyz, is in \/proc/);
    expect(connections).toBe(0);
    server.close();
  });

  test('an invalid profile fails only its calls, and the file as a whole all of them', async () => {
    const file = join(directory, 'profiles.json');
    writeFileSync(
      file,
      JSON.stringify({
        default: 'here',
        profiles: { here: { local: true }, there: { endpoint: '${HOST}' } },
      }),
    );
    const { results, stderr } = await session(['--config', file, '--sandbox', 'none'], {}, [
      describeJobs,
      { name: 'DescribeJobs', arguments: { profile: 'there' } },
    ]);
    expect(results[0]?.structuredContent?.summary).toBe('0 jobs.');
    expect(messageOf(results[1])).toMatch(/profiles\.there\.endpoint: is a placeholder/);
    expect(stderr).toMatch(/^batch-mcp: .*profiles\.there\.endpoint: /);
  });
});

test('--allow-env accepts a secret field by name, a variable of tasks, and a variable alone', async () => {
  const fields = 'HOME=Docker.Password,HOME=EnvVars.ANY_NAME,HOME=Job.Tasks.Authentications.SecretKey,HOME';
  const { code, stderr, listed } = await session(['--allow-env', fields], keys);
  expect([code, stderr, listed.includes('SubmitJob')]).toEqual([0, '', true]);
});

test('a variable of --allow-env that is not set is on stderr, and the call that refers to it names it', async () => {
  const { code, stderr, results } = await session(
    ['--local', '--sandbox', 'none', '--allow-env', 'DEMO_UNSET'],
    {},
    [
      {
        name: 'CreateTaskTemplate',
        arguments: {
          TaskTemplateName: 'a',
          TaskTemplateInfo: {
            Application: { DeliveryForm: 'LOCAL', Command: 'true' },
            EnvId: 'env-1a2b3c4d',
            EnvVars: [{ Name: 'X', Value: '${env:DEMO_UNSET}' }],
          },
        },
      },
    ],
  );
  expect([code, stderr]).toEqual([
    0,
    'batch-mcp: --allow-env allows the variable DEMO_UNSET, which is not set: calls that refer to it fail.\n',
  ]);
  expect(results[0]?.structuredContent).toMatchObject({
    error: 'InputError',
    issues: [
      {
        path: 'TaskTemplateInfo.EnvVars[0].Value',
        message: 'The variable DEMO_UNSET is not set where this server was started.',
      },
    ],
  });
});

describe('a proxy that refuses', () => {
  const job = {
    Placement: { Zone: 'ap-tokyo-1' },
    Job: {
      Tasks: [
        {
          TaskName: 'a',
          Application: { DeliveryForm: 'LOCAL', Command: 'true' },
          ComputeEnv: { EnvData: { InstanceType: 'S5.SMALL1', ImageId: 'img-00000000' } },
        },
      ],
    },
  };
  const azure = {
    AZURE_BATCH_ENDPOINT: 'https://acct.eastus.batch.azure.com',
    AZURE_BATCH_ACCESS_KEY: 'a2V5',
  };

  test.each([
    ['CONNECT with 407', 'HTTPS_PROXY', 407, [], describeJobs, /requires a login \(407/],
    [
      'CONNECT with 407',
      'HTTPS_PROXY',
      407,
      [],
      { name: 'SubmitJob', arguments: job },
      /requires a login \(407/,
    ],
    [
      'CONNECT with 403',
      'HTTPS_PROXY',
      403,
      [],
      describeJobs,
      /refused the connection to \S+ with status 403/,
    ],
    [
      'a request with 407',
      'HTTP_PROXY',
      407,
      ['--endpoint', 'http://batch.invalid'],
      describeJobs,
      /requires a login \(407/,
    ],
    ['CONNECT of Azure with 407', 'HTTPS_PROXY', 407, [], listAzure, /407/],
  ] as const)(
    '%s (%s, status %i, %j, %j) receives one request for one call: it is not retried',
    async (_, variable, status, args, call, message) => {
      const requests: string[] = [];
      const proxy = createServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => {
          if (/ HTTP\/1\.1\r\n/.test(chunk.toString()))
            requests.push(chunk.toString().split('\r\n')[0] ?? '');
          socket.end(`HTTP/1.1 ${status} Refused\r\nContent-Length: 0\r\n\r\n`);
        });
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
      const { port } = proxy.address() as AddressInfo; // A listening TCP server has an AddressInfo.
      const env = {
        ...keys,
        ...azure,
        BATCH_MCP_REGION: 'ap-tokyo',
        [variable]: `http://me:canary@127.0.0.1:${port}`,
      };
      const { results } = await session(args, env, [call]);
      proxy.close();
      expect(requests).toHaveLength(1);
      expect(messageOf(results[0])).toMatch(message);
      expect(messageOf(results[0])).not.toContain('canary');
    },
  );
});

describe('a safety setting that is wrong ends the program with code 2 and one line on stderr:', () => {
  const run = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { code, stderr, listed } = await session(args, env);
    return { code, lines: stderr.trimEnd().split('\n'), listed };
  };
  const policy = join(directory, 'policy.json');
  writeFileSync(policy, JSON.stringify({ profiles: { one: { policy: { readOnly: 'yes' } } } }));

  test.each<readonly [readonly string[], Readonly<Record<string, string>>, RegExp]>([
    [
      [],
      { BATCH_MCP_READONLY: '1' },
      /There is no variable BATCH_MCP_READONLY\. Did you mean BATCH_MCP_READ_ONLY\?$/,
    ],
    [[], { BATCH_MCP_READ_ONLY: '${READ_ONLY}' }, /BATCH_MCP_READ_ONLY is /],
    [['--confirm', 'maybe'], {}, /--confirm is 'maybe'; it must be one of auto, ask, flag, none\.$/],
    [['--tools', 'jobs'], {}, /--tools names 'jobs', which is neither /],
    [['--profile', '--read-only'], {}, /--profile needs a value/],
    [
      ['--profile', 'prod'],
      {},
      /--profile selects a profile of the file that --config names, and --config is/,
    ],
    [[], { BATCH_MCP_PROFILE: 'prod' }, /BATCH_MCP_PROFILE selects a profile of the file/],
    [['--tools', ','], {}, /--tools is ','; it must be /],
    [[], { BATCH_MCP_TOOLS: ' , ,' }, /BATCH_MCP_TOOLS is ', ,'; it must be /],
    [['--max-instances', '1.5'], {}, /--max-instances is '1\.5'; it must be a whole number from 1 to/],
    [
      ['serve', 'read-only'],
      {},
      /batch-mcp serve takes only options, and got 'read-only'\. Did you mean --read-only\?/,
    ],
    [
      ['serve', '--', '--read-only'],
      {},
      /batch-mcp serve takes only options, and got '--read-only'\. Did you mean --read-only\?/,
    ],
    [['serve', '--confirm', 'ask', 'x'], {}, /batch-mcp serve takes only options, and got 'x'\./],
    [['--readonly'], {}, /There is no option --readonly\. Did you mean --read-only\?/],
    [['--config', policy], {}, /profiles\.one\.policy\.readOnly: /],
    [['--audit-file', '/proc/x/audit.jsonl'], {}, /--audit-file cannot be written/],
    [
      ['--allow-env', 'HOME=Docker.Pasword'],
      {},
      /--allow-env has 'HOME=Docker\.Pasword', and no tool has a field Docker\.Pasword\. Did you mean Docker\.Password\?$/,
    ],
    [
      [],
      { BATCH_MCP_ALLOW_ENV: 'HOME=docker.password' },
      /BATCH_MCP_ALLOW_ENV has 'HOME=docker\.password', and no tool has a field/,
    ],
    [['--allow-env', 'HOME=EnvVar.DB_PASSWORD'], {}, /no tool has a field EnvVar\.DB_PASSWORD\./],
  ])('%j with %j', async (args, env, message) => {
    const { code, lines, listed } = await run(args, env);
    expect({ code, lines, listed }).toEqual({ code: 2, lines: [expect.stringMatching(message)], listed: [] });
  });
});
