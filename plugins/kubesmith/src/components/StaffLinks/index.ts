export { StaffLinks } from './StaffLinks';
