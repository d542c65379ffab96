/**
 * Clusters and environments as catalog entities.
 *
 * @packageDocumentation
 */
export { catalogModuleKubesmith as default } from './module';
