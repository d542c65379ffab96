export { OperationProgress } from './OperationProgress';
export { isOver } from './operationTexts';
