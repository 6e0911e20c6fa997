/** The parts of the catalogue that the contract uses. */
export {
  type ActionName,
  actionNames,
  actions,
  type OutputOf,
} from '../../src/catalogue/index.ts';
