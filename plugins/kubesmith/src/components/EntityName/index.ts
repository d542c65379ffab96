export { EntityName } from './EntityName';
export { EnvironmentName } from './EnvironmentName';
