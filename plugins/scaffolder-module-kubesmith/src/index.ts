/**
 * Form fields for the templates that order and delete clusters.
 *
 * @packageDocumentation
 */
export { scaffolderModuleKubesmith as default } from './module';
