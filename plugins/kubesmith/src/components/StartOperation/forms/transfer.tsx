import { EntityPicker } from '../../EntityPicker';
import type { OperationForm } from './OperationForm';

/** To whom a cluster is given. */
export const transferForm: OperationForm = {
  Fields: ({ value, onChange }) => (
    <EntityPicker
      label="New owner"
      kinds={['user', 'group']}
      value={value.owner}
      onChange={owner => onChange({ owner })}
    />
  ),
  isComplete: ({ owner }) => owner !== undefined,
};
