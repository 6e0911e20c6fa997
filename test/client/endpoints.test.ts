import { describe, expect, test } from 'vitest';
import { endpointOf, regionOf, type Site } from '../../src/client/endpoints.ts';
import { ConfigError, InputError } from '../../src/shared/errors.ts';
import { isLoopback } from '../../src/shared/loopback.ts';

test.each<[string | undefined, Site, string]>([
  [undefined, 'cn', 'https://batch.tencentcloudapi.com'],
  [undefined, 'intl', 'https://batch.intl.tencentcloudapi.com'],
  ['regional', 'cn', 'https://batch.ap-tokyo.tencentcloudapi.com'],
  ['internal', 'cn', 'https://batch.internal.tencentcloudapi.com'],
  ['https://batch.example.com', 'cn', 'https://batch.example.com'],
  ['http://127.0.0.1:8080/', 'cn', 'http://127.0.0.1:8080'],
])('the endpoint %s of the site %s is %s', (endpoint, site, origin) => {
  expect(endpointOf(endpoint, site).originOf('ap-tokyo')).toBe(origin);
});

describe('an endpoint is rejected', () => {
  test.each([
    'batch.tencentcloudapi.com',
    'ftp://batch.tencentcloudapi.com',
    'https://me:canary@batch.tencentcloudapi.com',
    'https://batch.tencentcloudapi.com/api',
    'https://batch.tencentcloudapi.com/?a=canary',
    'nonsense',
  ])('%s', (endpoint) => {
    expect(() => endpointOf(endpoint)).toThrow(ConfigError);
    expect(() => endpointOf(endpoint)).not.toThrow(/canary/);
  });
});

test('only addresses of this machine are loopback addresses', () => {
  const hosts = [
    '127.0.0.1',
    '127.9.9.9',
    'localhost',
    '[::1]',
    '127.0.0.1.example.com',
    '10.0.0.1',
    '[::2]',
  ];
  expect(hosts.filter(isLoopback)).toEqual(['127.0.0.1', '127.9.9.9', 'localhost', '[::1]']);
});

test('an unknown region is refused with the list of regions', () => {
  expect(regionOf('ap-guangzhou', 'DescribeJobs')).toBe('ap-guangzhou');
  expect(() => regionOf('ap-atlantis', 'DescribeJobs')).toThrow(InputError);
  expect(() => regionOf('ap-atlantis', 'DescribeJobs')).toThrow(
    /Region: There is no region 'ap-atlantis'.*ap-tokyo/,
  );
  expect(() => endpointOf('regional').originOf('toString')).toThrow(InputError);
});
