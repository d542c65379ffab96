import { Select } from '@backstage/ui';
import type { IdSchema } from '@rjsf/utils';
import { FieldFrame } from './FieldFrame';
import { fieldState } from './fieldState';

/** What the scaffolder hands to every field, as far as a picker needs it. */
export type PickerProps = {
  formData?: string;
  onChange: (value: string | undefined) => void;
  schema: { title?: string; description?: string };
  idSchema: IdSchema;
  rawErrors?: string[];
  required?: boolean;
  disabled?: boolean;
};

/** One choice out of a list, as a field of the form. */
export const PickerField = (props: {
  field: PickerProps;
  title: string;
  options: { id: string; label: string }[];
  /** What stands there while nothing is chosen. */
  placeholder: string;
  /** More about the choice, after the description of the template. */
  help?: string;
  isDisabled?: boolean;
}) => {
  const { field, title, options, placeholder, help, isDisabled } = props;
  const state = fieldState(field);
  const isKnown = options.some(option => option.id === field.formData);

  return (
    <FieldFrame>
      <Select
        {...state}
        isDisabled={state.isDisabled || isDisabled}
        size="medium"
        label={field.schema.title ?? title}
        description={[field.schema.description, help].filter(Boolean).join(' ')}
        options={options}
        placeholder={placeholder}
        value={isKnown ? field.formData : null}
        onChange={key => field.onChange(key === null ? undefined : String(key))}
      />
    </FieldFrame>
  );
};
