import { errorId, type IdSchema } from '@rjsf/utils';

/** Ties a control to the errors that the form writes below it. */
export function fieldState(props: {
  idSchema: IdSchema;
  rawErrors?: string[];
  disabled?: boolean;
  required?: boolean;
}) {
  const isInvalid = (props.rawErrors ?? []).length > 0;
  return {
    isInvalid,
    isDisabled: props.disabled,
    isRequired: props.required,
    'aria-describedby': isInvalid ? errorId(props.idSchema) : undefined,
  };
}
