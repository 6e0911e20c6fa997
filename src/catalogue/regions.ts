/** The regions where BatchCompute is offered, and the hosts that answer for them. */
export interface Region {
  /** Where it lies, for people. */
  readonly name: string;
  /** Its own host: nearer, and therefore faster, than the one that finds the nearest. */
  readonly host: string;
  /** Zones are numbered within a region. Which of them exist is nowhere listed and changes, so 1 to 7 are taken. */
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
 * The regions by name. `fromEntries` forgets which keys it was given; they are those of `names`.
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

/** The host that finds the nearest region by itself. */
export const nearestHost = 'batch.tencentcloudapi.com';

/**
 * The region a zone lies in.
 * @param zone for example `ap-guangzhou-3`
 * @returns for example `ap-guangzhou`; nothing when the text is not a documented region and a number
 */
export const regionOfZone = (zone: string): RegionName | undefined => {
  const region = zone.replace(/-[1-9]\d?$/, '');
  return region !== zone && isRegionName(region) ? region : undefined;
};
