/**
 * The department's policies as Backstage permission decisions.
 *
 * @packageDocumentation
 */
export { permissionModuleKubesmith as default } from './module';
