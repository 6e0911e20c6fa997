/** The parts of the catalogue that the contract uses. */
export {
  type ActionName,
  actionNames,
  actions,
  type ErrorCodeOf,
  type OutputOf,
} from '../../src/catalogue/index.ts';
export { regionNames } from '../../src/catalogue/regions.ts';
