import { Alert } from '@backstage/ui';
import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';
import {
  timetableText,
  type Environment,
} from '@kubesmith/plugin-kubesmith-common';
import { FieldLoadError } from '../../form/FieldLoadError';
import { PickerField } from '../../form/PickerField';
import { useDefault } from '../../form/useDefault';
import { useEnvironments } from '../../form/useEnvironments';

export const environmentPickerSchema = makeFieldSchema({
  output: z => z.string(),
});

function describe(environment: Environment): string {
  const { description, leaseDays, pool, timetable } = environment;
  return [
    description,
    `Clusters live for ${leaseDays} days.`,
    timetable &&
      `${timetableText(timetable)} You can change that on the cluster’s page.`,
    `${pool.free} of ${pool.total} addresses are free.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** The environments in which the user may order. The only one is chosen by itself. */
export const EnvironmentPicker = (
  props: typeof environmentPickerSchema.TProps,
) => {
  const { formData, onChange } = props;
  const { environments, error, retry } = useEnvironments();
  const chosen = environments?.find(({ name }) => name === formData);
  useDefault({
    value: formData,
    wanted: environments?.length === 1 ? environments[0].name : undefined,
    onChange,
  });

  if (error) {
    return (
      <FieldLoadError
        title="The environments could not be read"
        error={error}
        onRetry={retry}
      />
    );
  }
  if (environments?.length === 0) {
    return (
      <Alert
        role="alert"
        status="warning"
        icon
        title="There is no environment that you may order in"
        description="Ask the people who run your course, group or department to add you."
      />
    );
  }
  return (
    <PickerField
      field={props}
      title="Environment"
      options={(environments ?? []).map(({ name, title }) => ({
        id: name,
        label: title,
      }))}
      placeholder={environments ? 'Choose an environment' : 'Loading …'}
      help={chosen && describe(chosen)}
      isDisabled={!environments}
    />
  );
};
