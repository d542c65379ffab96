export { OperationsMenu } from './OperationsMenu';
