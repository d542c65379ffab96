export { DeleteClusterButton } from './DeleteClusterButton';
