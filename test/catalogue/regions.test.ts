/** Regions, their hosts and zones. */
import { expect, test } from 'vitest';
import { isRegionName, regionNames, regionOfZone, regions } from '../../src/catalogue/regions.ts';

test('a region has a name, a host and seven zones', () => {
  expect(regionNames).toHaveLength(15);
  expect(regions['eu-frankfurt']).toEqual({
    name: 'Europe (Frankfurt)',
    host: 'batch.eu-frankfurt.tencentcloudapi.com',
    zones: [1, 2, 3, 4, 5, 6, 7].map((number) => `eu-frankfurt-${number}`),
  });
});

test('every zone leads back to its region', () => {
  for (const region of regionNames) {
    expect(new Set(regions[region].zones.map(regionOfZone))).toEqual(new Set([region]));
  }
});

test.each([
  'ap-guangzhou',
  'ap-guangzhou-',
  'ap-guangzhou-0',
  'ap-nowhere-1',
  'guangzhou-1',
  '',
  '-1',
  'ap-guangzhou-3-3',
])('%j is not a zone of any region', (zone) => {
  expect(regionOfZone(zone)).toBeUndefined();
});

test('a name from the prototype of objects is not a region', () => {
  expect(isRegionName('constructor')).toBe(false);
});
