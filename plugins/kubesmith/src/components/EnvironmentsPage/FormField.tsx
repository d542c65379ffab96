import {
  Checkbox,
  CheckboxGroup,
  NumberField,
  Select,
  Text,
  TextAreaField,
  TextField,
} from '@backstage/ui';
import type { Size } from '@kubesmith/plugin-kubesmith-common';
import { useEntityNames } from '../../hooks/useEntityNames';
import { EntitiesPicker, EntityPicker } from '../EntityPicker';
import type { TimetableDraft } from '../Schedule';
import { TimetableField } from './TimetableField';
import type { Field } from './fields';
import type { FormValues } from './formValues';

const describeSize = ({ title, vcpu, memoryMiB, diskGiB }: Size) =>
  `${title}: ${vcpu} vCPU, ${memoryMiB / 1024} GiB memory, ${diskGiB} GiB disk`;

const MembersField = (props: {
  label: string;
  description?: string;
  value: string[];
  problem?: string;
  isReadOnly: boolean;
  onChange: (value: string[]) => void;
}) => {
  const { problem, ...field } = props;
  const nameOf = useEntityNames(props.value);
  return (
    <EntitiesPicker {...field} nameOf={nameOf}>
      {problem && (
        <Text color="danger" variant="body-small" role="status">
          {problem}
        </Text>
      )}
    </EntitiesPicker>
  );
};

/** One field of the form, with what is wrong with it beside it. */
export const FormField = (props: {
  field: Field;
  value: FormValues[string];
  problem?: string;
  sizes: Size[];
  cnis: string[];
  isReadOnly: boolean;
  onChange: (value: FormValues[string]) => void;
}) => {
  const { field, value, problem, sizes, cnis, isReadOnly, onChange } = props;
  const { label, description, isRequired } = field;
  const shared = {
    label,
    description,
    isRequired,
    // With `aria` nothing stops the form: what is wrong, the API says.
    validationBehavior: 'aria' as const,
    validate: () => problem ?? null,
  };

  const picker = { label, description, isRequired, isReadOnly };

  switch (field.kind) {
    case 'number':
      return (
        <NumberField
          {...shared}
          isReadOnly={isReadOnly}
          value={value as number}
          onChange={onChange}
        />
      );
    case 'area':
    case 'lines':
      return (
        <TextAreaField
          {...shared}
          isReadOnly={isReadOnly}
          rows={3}
          value={value as string}
          onChange={onChange}
        />
      );
    case 'sizes':
      return (
        <CheckboxGroup
          {...shared}
          isReadOnly={isReadOnly}
          value={value as string[]}
          onChange={onChange}
        >
          {sizes.map(size => (
            <Checkbox key={size.name} value={size.name}>
              {describeSize(size)}
            </Checkbox>
          ))}
        </CheckboxGroup>
      );
    case 'group':
      return (
        <EntityPicker
          {...picker}
          kinds={['group']}
          value={String(value) || undefined}
          problem={problem}
          onChange={ref => onChange(ref ?? '')}
        />
      );
    case 'members':
      return (
        <MembersField
          {...picker}
          value={value as string[]}
          problem={problem}
          onChange={onChange}
        />
      );
    case 'timetable':
      return (
        <TimetableField
          label={label}
          value={value as TimetableDraft | undefined}
          problem={problem}
          isReadOnly={isReadOnly}
          onChange={onChange}
        />
      );
    case 'cni':
      return (
        <Select
          {...shared}
          isDisabled={isReadOnly}
          options={cnis.map(name => ({ id: name, label: name }))}
          value={value as string}
          onChange={key => onChange(String(key))}
        />
      );
    default:
      return (
        <TextField
          {...shared}
          isReadOnly={isReadOnly}
          value={value as string}
          onChange={onChange}
        />
      );
  }
};
