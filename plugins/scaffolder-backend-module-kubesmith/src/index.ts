/**
 * The scaffolder actions of Kubesmith.
 *
 * @packageDocumentation
 */
export { scaffolderModuleKubesmith as default } from './module';
