export { EnvironmentPage } from './EnvironmentPage';
export { EnvironmentsPage } from './EnvironmentsPage';
