import { identityApiRef, useApi } from '@backstage/frontend-plugin-api';
import { entityPresentationApiRef } from '@backstage/plugin-catalog-react';
import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';
import useAsyncRetry from 'react-use/esm/useAsyncRetry';
import { FieldLoadError } from '../../form/FieldLoadError';
import { PickerField } from '../../form/PickerField';
import { useDefault } from '../../form/useDefault';

export const ownerPickerSchema = makeFieldSchema({ output: z => z.string() });

/** Who may own what the user orders: the user, then the user's groups; with the names that the catalog has for them. */
function useOwners() {
  const identityApi = useApi(identityApiRef);
  const presentationApi = useApi(entityPresentationApiRef);
  return useAsyncRetry(async () => {
    const { userEntityRef, ownershipEntityRefs } =
      await identityApi.getBackstageIdentity();
    const groups = ownershipEntityRefs.filter(ref => ref.startsWith('group:'));
    return Promise.all(
      [userEntityRef, ...groups].map(async ref => {
        const { primaryTitle } = await presentationApi.forEntity(ref).promise;
        const kind = ref === userEntityRef ? 'you' : 'group';
        return { id: ref, label: `${primaryTitle} (${kind})` };
      }),
    );
  }, [identityApi, presentationApi]);
}

/** The user, or one of their groups; the user by itself. */
export const OwnerPicker = (props: typeof ownerPickerSchema.TProps) => {
  const { formData, onChange } = props;
  const { value: owners, error, retry } = useOwners();
  useDefault({
    value: formData,
    wanted: formData === undefined ? owners?.[0].id : undefined,
    onChange,
  });

  if (error) {
    return (
      <FieldLoadError
        title="Your groups could not be read"
        error={error}
        onRetry={retry}
      />
    );
  }
  return (
    <PickerField
      field={props}
      title="Owner"
      options={owners ?? []}
      placeholder={owners ? 'Choose an owner' : 'Loading …'}
      isDisabled={!owners}
    />
  );
};
