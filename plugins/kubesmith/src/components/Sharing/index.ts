export { SharingSection } from './SharingSection';
