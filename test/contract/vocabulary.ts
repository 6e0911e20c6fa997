/** The words of the API that the contract speaks in, taken from the catalogue. */
export {
  type ActionName,
  actionNames,
  actions,
  type ErrorCodeOf,
  type OutputOf,
} from '../../src/catalogue/index.ts';
export { regionNames } from '../../src/catalogue/regions.ts';
