export { EventLog } from './EventLog';
export { OperationProgress } from './OperationProgress';
export { StepList } from './StepList';
export { isOver, operationNoun, operationTitle } from './operationTexts';
