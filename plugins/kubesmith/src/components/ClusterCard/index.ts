export { EntityClusterCard } from './EntityClusterCard';
export { EntityClusterContent } from './EntityClusterContent';
