export { MoveClusterButton } from './MoveClusterButton';
