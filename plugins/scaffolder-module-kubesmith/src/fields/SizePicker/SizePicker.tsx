import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';
import type { Size } from '@kubesmith/plugin-kubesmith-common';
import { draftOfContext } from '../../form/orderForm';
import { PickerField } from '../../form/PickerField';
import { useDefault } from '../../form/useDefault';
import { useChosenEnvironment } from '../../form/useEnvironments';

export const sizePickerSchema = makeFieldSchema({ output: z => z.string() });

function sizeLabel({ title, vcpu, memoryMiB, diskGiB }: Size): string {
  return `${title}: ${vcpu} vCPU, ${
    memoryMiB / 1024
  } GiB memory, ${diskGiB} GiB disk`;
}

/** The sizes of the chosen environment; the first one is chosen by itself. */
export const SizePicker = (props: typeof sizePickerSchema.TProps) => {
  const { formData, onChange } = props;
  const environment = useChosenEnvironment(draftOfContext(props).environment);
  const sizes = environment?.sizes ?? [];
  const isOffered = sizes.some(({ name }) => name === formData);
  useDefault({
    value: formData,
    wanted: isOffered ? undefined : sizes[0]?.name,
    onChange,
  });

  return (
    <PickerField
      field={props}
      title="Size"
      options={sizes.map(size => ({ id: size.name, label: sizeLabel(size) }))}
      placeholder={
        environment ? 'Choose a size' : 'Choose an environment first'
      }
      isDisabled={!environment}
    />
  );
};
