export { ConditionsSection } from './ConditionsSection';
