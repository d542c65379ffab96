import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Radio,
  RadioGroup,
  Select,
  Text,
  TextField,
} from '@backstage/ui';
import type {
  Cluster,
  GrantOptions,
  GrantRole,
} from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useSubmit } from '../../hooks/useSubmit';
import { FormError } from '../FormError';
import { EntityPicker } from '../EntityPicker';
import { grantRoles } from '../Kubeconfig';
import { untilChoices } from './untilChoices';

/** Asks with whom, in which role, where and until when, and shares. */
export const ShareForm = (props: {
  cluster: Pick<Cluster, 'id' | 'name' | 'expiresAt'>;
  onShared: () => void;
}) => {
  const { cluster, onShared } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  // The dates must not move while somebody chooses.
  const [choices] = useState(() => untilChoices(Date.now(), cluster.expiresAt));
  const [own, setOwn] = useState<GrantOptions['roles']>();
  const [subject, setSubject] = useState<string>();
  const [role, setRole] = useState<GrantRole>('viewer');
  const [place, setPlace] = useState<'cluster' | 'namespaces'>();
  const [namespaces, setNamespaces] = useState('');
  const [until, setUntil] = useState(
    (choices.find((_, index) => index === 2) ?? choices.at(-1))?.id,
  );
  const { error, fail, isPending, submit } = useSubmit();

  useEffect(() => {
    let isCurrent = true;
    kubesmithApi.getGrantOptions(cluster.id).then(
      ({ roles }) => isCurrent && setOwn(roles),
      cause => isCurrent && fail(cause),
    );
    return () => {
      isCurrent = false;
    };
  }, [kubesmithApi, cluster.id, fail]);

  const reach = own?.find(each => each.role === role);
  const where = place ?? (reach?.namespaces ? 'namespaces' : 'cluster');
  const named = namespaces.split(/[\s,]+/).filter(name => name !== '');

  const share = async () => {
    if (!subject || !until) return;
    await submit(async () => {
      await kubesmithApi.createShare(cluster.id, {
        subject,
        role,
        until,
        ...(where === 'namespaces' && { namespaces: named }),
      });
      onShared();
    });
  };

  return (
    <>
      <DialogHeader>Share {cluster.name}</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Text>
            They will see this cluster and can get kubeconfigs of it in their
            own names, in the role that you choose or a lower one. They can
            neither delete nor share it.
          </Text>
          <EntityPicker
            label="Person or group"
            kinds={['user', 'group']}
            value={subject}
            onChange={setSubject}
          />
          <RadioGroup
            label="Role"
            value={role}
            onChange={value => setRole(value as GrantRole)}
          >
            {grantRoles
              .filter(({ id }) => own?.some(each => each.role === id) ?? false)
              .map(({ id, label, allows }) => (
                <Radio key={id} value={id}>
                  {label}: {allows}
                </Radio>
              ))}
          </RadioGroup>
          <RadioGroup
            label="Where"
            value={where}
            onChange={value => setPlace(value as typeof place)}
          >
            {!reach?.namespaces && (
              <Radio value="cluster">In the whole cluster</Radio>
            )}
            <Radio value="namespaces">In some namespaces only</Radio>
          </RadioGroup>
          {where === 'namespaces' && (
            <TextField
              label="Namespaces"
              description={
                reach?.namespaces
                  ? `Some of ${reach.namespaces.join(', ')}`
                  : 'Names with spaces between; they must exist when a kubeconfig is issued'
              }
              value={namespaces}
              onChange={setNamespaces}
            />
          )}
          <Select
            label="For how long"
            options={choices}
            value={until}
            onChange={key => setUntil(String(key))}
          />
          <FormError title="The cluster could not be shared" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button
          variant="primary"
          isPending={isPending}
          isDisabled={
            !subject ||
            !until ||
            !reach ||
            (where === 'namespaces' && named.length === 0)
          }
          onPress={share}
        >
          Share
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};
