/** Entra ID tokens end to end: a Batch host name, https, a proxy, and the test service. */
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isSignInError, missingIdentity, signInError } from '../../src/azure/http/identity.ts';
import { createAzure } from '../../src/azure/index.ts';
import { ConfigError } from '../../src/shared/errors.ts';
import { root } from '../paths.ts';
import { accountKey, accountName, startAzureService, startTime } from './azure-service.ts';

const host = 'acct.eastus2.batch.azure.com';
const token = 'a-token-that-must-not-be-shown';
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'batch-mcp-sign-in-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

/** A self-signed certificate for the host. */
const makeCertificate = () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...names],
    { stdio: 'ignore' },
  );
  return { file: cert, key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
};

/** A proxy that connects every name to one port of this machine, and records the requested names. */
const startProxy = async (port: number) => {
  const asked: string[] = [];
  const server = createServer();
  server.on('request', (request) => asked.push(request.url ?? ''));
  server.on('connect', (request, client) => {
    asked.push(request.url ?? '');
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) socket.on('error', () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // The address of a server that listens on a port is an AddressInfo.
  const { port: own } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${own}`, asked, stop: () => server.close() };
};

/** Runs a script with an environment. @returns its output */
const runScript = (script: string, environment: Readonly<Record<string, string>>) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
  });

test('Azure calls to a loopback address do not use the proxy of the environment', async () => {
  const service = await startAzureService();
  service.account.addJob({ id: 'night' });
  const proxy = await startProxy(Number(new URL(service.endpoint).port));
  const settings = { endpoint: service.endpoint, account: accountName, accessKey: accountKey };
  const script = `
    import { createAzure } from './src/azure/index.ts';
    const { resources } = createAzure({ ...${JSON.stringify(settings)}, now: () => ${startTime} });
    const { uri } = await resources.read('batch-azure://jobs/night', new AbortController().signal);
    process.stdout.write(uri);`;
  const { stdout } = await runScript(script, {
    HTTP_PROXY: proxy.url,
    HTTPS_PROXY: proxy.url,
    ALL_PROXY: proxy.url,
  });
  expect(stdout).toBe('batch-azure://jobs/night');
  expect(proxy.asked).toEqual([]);
  expect(service.calls()).toEqual(['GET /jobs/night', 'GET /jobs/night/taskcounts']);
  proxy.stop();
  await service.stop();
});

describe('the Entra ID sign-in', () => {
  test.skipIf(!hasOpenssl)(
    'one token of the Batch audience is requested and sent to the Batch host over https, and to no other host',
    async () => {
      const { file, ...tls } = makeCertificate();
      const service = await startAzureService({ bearer: token, tls });
      const proxy = await startProxy(Number(new URL(service.endpoint).port));
      service.account.addJob({ id: 'render-7', readsUntilCompleted: 0 });
      service.account.addJob({ id: 'night' });
      service.fail({
        kind: 'answer',
        path: /night/,
        status: 302,
        headers: { location: 'https://other.westus.batch.azure.com/jobs/night' },
      });
      const script = `
        import { createAzure } from './src/azure/index.ts';
        const scopes = [];
        const azure = createAzure({
          endpoint: 'https://${host}',
          pause: async () => {},
          credential: async () => ({
            getToken: async (scope) => {
              scopes.push(scope);
              return { token: '${token}', expiresOnTimestamp: Date.now() + 3_600_000 };
            },
          }),
        });
        const context = { signal: new AbortController().signal, detail: 'concise', progress() {} };
        const run = (name, args) =>
          azure.tools.find((tool) => tool.name === name).run(args, context).catch((error) => String(error));
        const said = [
          await run('AzureTerminateJob', { JobId: 'render-7', TerminationReason: 'over', wait: true }),
          await run('AzureGetJob', { JobId: 'night' }),
          await run('AzureTerminateJob', { JobId: 'night', WhatIf: true }),
        ];
        process.stdout.write(JSON.stringify({ scopes, said }));`;
      const { stdout, stderr } = await runScript(script, {
        NODE_EXTRA_CA_CERTS: file,
        HTTPS_PROXY: proxy.url,
      });
      const { scopes, said } = JSON.parse(stdout);
      expect(stderr).toBe('');
      expect(scopes).toEqual([['https://batch.core.windows.net//.default']]);
      expect(said[0]).toMatchObject({
        fields: { accepted: true, stateNow: 'completed', terminateReason: 'over' },
      });
      expect(said[1]).toBe(
        'TransportError: AzureGetJob: the endpoint returned a redirect (302), which is never followed because it would send the signature to another host.',
      );
      expect(stdout).not.toContain(token);
      expect(new Set(proxy.asked)).toEqual(new Set([`${host}:443`]));
      expect(new Set(service.log.map(({ headers }) => headers.authorization))).toEqual(
        new Set([`Bearer ${token}`]),
      );
      // With a token no date is needed, and none is sent.
      expect(service.log.filter(({ headers }) => 'ocp-date' in headers)).toEqual([]);
      proxy.stop();
      await service.stop();
    },
  );

  test('if @azure/identity is not installed, the first call says what to install', async () => {
    // Bundled into a directory without packages, like an installation without optional dependencies.
    await build({
      entryPoints: [join(root, 'src', 'azure', 'index.ts')],
      outfile: join(folder, 'azure.mjs'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      external: ['@azure/identity'],
      banner: {
        js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
    writeFileSync(
      join(folder, 'call.mjs'),
      `import { createAzure } from './azure.mjs';
      const { resources } = createAzure({ endpoint: 'https://${host}' });
      const error = await resources.read('batch-azure://jobs', new AbortController().signal).catch((reason) => reason);
      process.stdout.write(error.name + ': ' + error.message);`,
    );
    const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'call.mjs')], {
      cwd: folder,
      env: { PATH: process.env.PATH },
    });
    expect(stdout).toBe(`ConfigError: ${missingIdentity}`);
  });

  test('a failed sign-in is retried by the next call', async () => {
    let calls = 0;
    const { resources } = createAzure({
      endpoint: `https://${host}`,
      credential: async () => {
        calls += 1;
        if (calls === 1) throw new ConfigError(missingIdentity);
        const getToken = async () => {
          throw Object.assign(new Error('No identity.'), { name: 'CredentialUnavailableError' });
        };
        return { getToken };
      },
    });
    const read = () =>
      resources
        .read('batch-azure://jobs', new AbortController().signal)
        .catch((error: unknown) => (error instanceof ConfigError ? error.message : error));
    expect(await read()).toBe(missingIdentity);
    const signIn = 'Sign in (az login), or set AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY.';
    expect([await read(), await read()]).toEqual([
      `No Azure sign-in was found: No identity. ${signIn}`,
      `No Azure sign-in was found: No identity. ${signIn}`,
    ]);
    expect(calls).toBe(2);
  });

  test('the error of a failed sign-in names the remedy, and is not an error of the service', () => {
    const error = Object.assign(new Error('No credential was found.\nTried: everything'), {
      name: 'CredentialUnavailableError',
    });
    expect(isSignInError(error)).toBe(true);
    expect(signInError(error).message).toBe(
      'No Azure sign-in was found: No credential was found. Sign in (az login), or set AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY.',
    );
  });
});
