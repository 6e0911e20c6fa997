/** Which zones belong to a region. */
import { regionOfZone, regions } from '../../catalogue/regions.ts';

/** Whether a zone is one of a region's seven. */
export const isZoneOf = (zone: string, region: string): boolean => {
  const own = regionOfZone(zone);
  return own === region && regions[own].zones.includes(zone);
};

/** The message for a zone that is not. The vendor has two codes for it; `InvalidZone.MismatchRegion` is used for both. */
export const zoneMessage = (zone: string, region: string): string =>
  `The zone \`${zone.slice(0, 60)}\` is not one of region \`${region}\`.`;
