export { ArchiveSection } from './ArchiveSection';
