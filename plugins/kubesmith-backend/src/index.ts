/**
 * Cluster records, IP pools, operations and the engine that performs them.
 *
 * @packageDocumentation
 */
export { kubesmithPlugin as default } from './plugin';
