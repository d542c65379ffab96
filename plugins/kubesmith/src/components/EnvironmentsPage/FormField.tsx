import {
  Checkbox,
  CheckboxGroup,
  NumberField,
  Select,
  TextAreaField,
  TextField,
} from '@backstage/ui';
import type { Size } from '@kubesmith/plugin-kubesmith-common';
import type { Field } from './fields';
import type { FormValues } from './formValues';

const describeSize = ({ title, vcpu, memoryMiB, diskGiB }: Size) =>
  `${title}: ${vcpu} vCPU, ${memoryMiB / 1024} GiB memory, ${diskGiB} GiB disk`;

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
