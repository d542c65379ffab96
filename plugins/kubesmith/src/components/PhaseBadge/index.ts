export { PhaseBadge } from './PhaseBadge';
export { ToneIcon } from './ToneIcon';
