export { KubeconfigButton } from './KubeconfigButton';
export { roleLabel } from './roles';
