export { EntityPicker } from './EntityPicker';
export { useCatalogSearch } from './useCatalogSearch';
