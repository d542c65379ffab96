export { EntitiesPicker } from './EntitiesPicker';
export { EntityPicker } from './EntityPicker';
export { useCatalogSearch } from './useCatalogSearch';
