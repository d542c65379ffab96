export { OrderImpact } from './OrderImpact';
