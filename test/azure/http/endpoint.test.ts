import { describe, expect, test } from 'vitest';
import { configuredEndpoint, endpointOf } from '../../../src/azure/http/endpoint.ts';
import { type AzureSettings, createAzure } from '../../../src/azure/index.ts';
import type { Fields } from '../../../src/mcp/contract/tool.ts';
import { accountKey, startAzureService } from '../azure-service.ts';
import { createAzureUnderTest, settingsFor } from '../azure-under-test.ts';

const endpoint = 'https://acct.eastus2.batch.azure.com';
const errorOf = (call: () => unknown): string => {
  try {
    call();
    return 'accepted';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
};

describe('the configured Azure endpoint', () => {
  test.each([
    [endpoint, 'https://batch.core.windows.net//.default', undefined],
    [
      'https://acct.chinanorth.batch.chinacloudapi.cn/',
      'https://batch.chinacloudapi.cn//.default',
      'https://login.chinacloudapi.cn',
    ],
    [
      'https://acct.usgovvirginia.batch.usgovcloudapi.net',
      'https://batch.core.usgovcloudapi.net//.default',
      'https://login.microsoftonline.us',
    ],
  ])('%s requests a token of its cloud', (url, scope, authorityHost) => {
    const { scope: found, authorityHost: place, isLoopback } = configuredEndpoint({ endpoint: url });
    expect({ found, place, isLoopback }).toEqual({ found: scope, place: authorityHost, isLoopback: false });
  });

  const start = 'ConfigError: The Azure endpoint (--azure-endpoint, AZURE_BATCH_ENDPOINT) is invalid:';
  const host =
    'its host must end in .batch.azure.com, .batch.chinacloudapi.cn, .batch.usgovcloudapi.net, without a port.';
  test.each([
    ['acct', 'it is not a URL such as https://account.region.batch.azure.com.'],
    ['http://acct.eastus2.batch.azure.com', 'it must begin with https://.'],
    ['ftp://127.0.0.1', 'it must begin with https://.'],
    ['https://evil.example', host],
    ['https://evilbatch.azure.com', host],
    ['https://acct.batch.azure.com.evil.example', host],
    ['https://acct.batch.azure.com.', host],
    ['https://acct.eastus2.batch.azure.com:8443', host],
    ['https://127.0.0.1:1', host],
    ['https://user:pass@acct.eastus2.batch.azure.com', 'it contains a user name or password.'],
    ['https://acct.eastus2.batch.azure.com/jobs', 'it must not have a path, query or fragment.'],
    ['https://acct.eastus2.batch.azure.com?a=b', 'it must not have a path, query or fragment.'],
    ['http://192.168.0.1:80', 'it must begin with https://.'],
    ['http://127.0.0.1.evil.example', 'it must begin with https://.'],
  ])('the Azure endpoint %s is rejected', (url, why) => {
    expect(errorOf(() => configuredEndpoint({ endpoint: url, accessKey: accountKey }))).toBe(
      `${start} ${why}`,
    );
  });

  test('a loopback address over http is accepted with a key only, never with a token', () => {
    const settings = { endpoint: 'http://127.0.0.1:4711', account: 'acct' };
    expect(errorOf(() => configuredEndpoint({ ...settings, accessKey: accountKey }))).toBe('accepted');
    expect(errorOf(() => configuredEndpoint(settings))).toBe(
      'ConfigError: The Azure endpoint is a loopback address over http, to which tokens are never sent. Set AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY.',
    );
  });

  test('a loopback address needs the account name, and a key must be base64', () => {
    const settings = { endpoint: 'http://127.0.0.1:4711', accessKey: accountKey };
    expect(errorOf(() => configuredEndpoint(settings))).toBe(
      'ConfigError: A loopback address does not contain the account name. Set AZURE_BATCH_ACCOUNT.',
    );
    expect(errorOf(() => configuredEndpoint({ ...settings, account: 'a', accessKey: 'not a key' }))).toBe(
      'ConfigError: AZURE_BATCH_ACCESS_KEY is not base64. Copy the key from the portal.',
    );
  });

  test('the target of a call is returned without a secret', () => {
    const targetOf = (settings: AzureSettings, args: Fields) =>
      createAzure(settings).tools[0]?.callTargetOf?.(args);
    const keyed = { endpoint, accessKey: accountKey };
    expect(targetOf(keyed, {})).toEqual({ endpoint, credential: 'SharedKey acct' });
    const other = 'https://other.westus.batch.azure.com';
    const signedIn = { endpoint, allowedHosts: ['.batch.azure.com'] };
    expect(targetOf(signedIn, { Endpoint: other })).toEqual({ endpoint: other, credential: 'Entra ID' });
    expect(errorOf(() => targetOf(keyed, { Endpoint: other }))).toMatch(/^InputError/);
  });

  test('an allowed host that is not a Batch host is rejected', () => {
    expect(errorOf(() => configuredEndpoint({ endpoint, allowedHosts: ['evil.example'] }))).toBe(
      "ConfigError: The allowed Azure host 'evil.example' is not a Batch host: it must end in .batch.azure.com, .batch.chinacloudapi.cn, .batch.usgovcloudapi.net.",
    );
  });
});

describe('the argument Endpoint of Azure tools', () => {
  const other = 'https://other.westus.batch.azure.com';

  test('Endpoint may be the configured one, or a host the operator allowed', () => {
    expect(endpointOf({ endpoint }, `${endpoint}/`).url).toBe(endpoint);
    expect(endpointOf({ endpoint, allowedHosts: ['other.westus.batch.azure.com'] }, other).url).toBe(other);
    expect(endpointOf({ endpoint, allowedHosts: ['.westus.batch.azure.com'] }, other).url).toBe(other);
  });

  test.each([
    ['https://evil.example', {}],
    ['http://127.0.0.1:9', { allowedHosts: ['.batch.azure.com'] }],
    [other, {}],
    [other, { allowedHosts: ['another.westus.batch.azure.com', 'westus.batch.azure.com'] }],
    [other, { allowedHosts: ['.batch.azure.com'], accessKey: accountKey }],
  ])('the argument Endpoint %s is rejected with %j', (wanted, settings) => {
    expect(errorOf(() => endpointOf({ endpoint, ...settings }, wanted))).toMatch(
      /^InputError: Endpoint: Endpoint: /,
    );
  });

  test('a rejected Endpoint sends nothing, with every tool', async () => {
    const service = await startAzureService();
    const under = createAzureUnderTest(settingsFor(service));
    const args = { JobId: 'a', TaskId: 't', DisableTasks: 'wait' };
    for (const { name, input, run } of under.azure.tools) {
      const own = Object.fromEntries(Object.entries(args).filter(([key]) => key in input.shape));
      await expect(run({ ...own, Endpoint: 'http://127.0.0.1:9' }, under.context), name).rejects.toThrow(
        '127.0.0.1:9 is neither the configured endpoint',
      );
    }
    expect(service.log).toEqual([]);
    await service.stop();
  });
});
