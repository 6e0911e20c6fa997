/** Whether a zone can be used by a request of a region. */
import type { ErrorCode } from '../../catalogue/error-codes.ts';
import { regionOfZone, regions } from '../../catalogue/regions.ts';

/** The two codes the API has for a zone that does not fit. */
export type ZoneCode = Extract<
  ErrorCode,
  'InvalidZone.MismatchRegion' | 'InvalidParameterValue.InvalidZoneMismatchRegion'
>;

/**
 * What is wrong with a zone, seen from a region. The vendor describes the two codes as "does not exist" and
 * "does not match", so a name that is no zone anywhere gets the first and one of another region the second.
 * @returns nothing when the zone is one of the region's seven
 */
export const zoneProblemOf = (zone: string, region: string): ZoneCode | undefined => {
  const own = regionOfZone(zone);
  if (own === undefined || !regions[own].zones.includes(zone)) return 'InvalidZone.MismatchRegion';
  return own === region ? undefined : 'InvalidParameterValue.InvalidZoneMismatchRegion';
};
