export { ExtendButton } from './ExtendButton';
export { LeaseAlert } from './LeaseAlert';
export { LeaseSection } from './LeaseSection';
