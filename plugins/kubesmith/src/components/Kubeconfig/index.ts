export { KubeconfigButton } from './KubeconfigButton';
export { grantRoles, roleLabel } from './roles';
