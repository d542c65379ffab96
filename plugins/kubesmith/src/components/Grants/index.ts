export { GrantsSection } from './GrantsSection';
