/** Regions, their hosts and zones. */
import { expect, test } from 'vitest';
import { isRegionName, regionNames, regionOfZone, regions } from '../../src/catalogue/regions.ts';

test('every region has a name, a host and seven zones', () => {
  expect(regionNames).toHaveLength(15);
  expect(regions['eu-frankfurt']).toEqual({
    name: 'Europe (Frankfurt)',
    host: 'batch.eu-frankfurt.tencentcloudapi.com',
    zones: [1, 2, 3, 4, 5, 6, 7].map((number) => `eu-frankfurt-${number}`),
  });
});

test('regionOfZone returns the region of every zone', () => {
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
])('regionOfZone returns undefined for %j', (zone) => {
  expect(regionOfZone(zone)).toBeUndefined();
});

test('isRegionName rejects the name of an inherited property', () => {
  expect(isRegionName('constructor')).toBe(false);
});
