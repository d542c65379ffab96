import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';
import { draftOfContext } from '../../form/orderForm';
import { PickerField } from '../../form/PickerField';
import { useDefault } from '../../form/useDefault';
import { useChosenEnvironment } from '../../form/useEnvironments';

export const versionPickerSchema = makeFieldSchema({ output: z => z.string() });

/** The Kubernetes versions of the chosen environment; its default, the first one, is chosen by itself. */
export const VersionPicker = (props: typeof versionPickerSchema.TProps) => {
  const { formData, onChange } = props;
  const environment = useChosenEnvironment(draftOfContext(props).environment);
  const versions = environment?.kubernetesVersions ?? [];
  useDefault({
    value: formData,
    wanted: versions.includes(formData ?? '') ? undefined : versions[0],
    onChange,
  });

  return (
    <PickerField
      field={props}
      title="Kubernetes version"
      options={versions.map((version, index) => ({
        id: version,
        label: index === 0 ? `${version} (default)` : version,
      }))}
      placeholder={
        environment ? 'Choose a version' : 'Choose an environment first'
      }
      isDisabled={!environment}
    />
  );
};
