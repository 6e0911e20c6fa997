/** The regions of BatchCompute and their hosts. */
export interface Region {
  /** Display name. */
  readonly name: string;
  /** Host of the region; faster than `nearestHost`. */
  readonly host: string;
  /** Zones are numbered within a region. Which exist is undocumented and changes, so 1 to 7 are assumed. */
  readonly zones: readonly string[];
}

const names = {
  'ap-guangzhou': 'South China (Guangzhou)',
  'ap-shanghai': 'East China (Shanghai)',
  'ap-beijing': 'North China (Beijing)',
  'ap-chengdu': 'Southwest China (Chengdu)',
  'ap-chongqing': 'Southwest China (Chongqing)',
  'ap-hongkong': 'Hong Kong (China)',
  'ap-singapore': 'Southeast Asia (Singapore)',
  'ap-bangkok': 'Southeast Asia (Bangkok)',
  'ap-mumbai': 'South Asia (Mumbai)',
  'ap-seoul': 'Northeast Asia (Seoul)',
  'ap-tokyo': 'Northeast Asia (Tokyo)',
  'na-ashburn': 'US East (Virginia)',
  'na-siliconvalley': 'US West (Silicon Valley)',
  'na-toronto': 'North America (Toronto)',
  'eu-frankfurt': 'Europe (Frankfurt)',
} as const;

export type RegionName = keyof typeof names;
export const regionNames = Object.keys(names) as readonly RegionName[];

export const isRegionName = (text: string): text is RegionName => Object.hasOwn(names, text);

/**
 * The regions by name. The cast restores the keys, which `fromEntries` widens to string.
 * @see https://www.tencentcloud.com/document/product/599
 */
export const regions = Object.fromEntries(
  regionNames.map((region) => [
    region,
    {
      name: names[region],
      host: `batch.${region}.tencentcloudapi.com`,
      zones: [1, 2, 3, 4, 5, 6, 7].map((number) => `${region}-${number}`),
    },
  ]),
) as unknown as Readonly<Record<RegionName, Region>>;

/** The host that routes to the nearest region. */
export const nearestHost = 'batch.tencentcloudapi.com';

/**
 * The region of a zone.
 * @param zone such as `ap-guangzhou-3`
 * @returns such as `ap-guangzhou`; undefined if the text is not a known region and a number
 */
export const regionOfZone = (zone: string): RegionName | undefined => {
  const region = zone.replace(/-[1-9]\d?$/, '');
  return region !== zone && isRegionName(region) ? region : undefined;
};
