import { useApi } from '@backstage/frontend-plugin-api';
import {
  Alert,
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Radio,
  RadioGroup,
  Select,
  Text,
} from '@backstage/ui';
import type { Cluster, GrantRole } from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import { kubesmithApiRef, type IssuedKubeconfig } from '../../api/kubesmithApi';
import { errorText } from '../../format/errorText';
import { grantRoles } from './roles';

/** The API allows ten minutes to a day. */
const lifetimes = [
  { id: '0.5', label: '30 minutes' },
  { id: '1', label: '1 hour' },
  { id: '4', label: '4 hours' },
  { id: '8', label: '8 hours' },
  { id: '24', label: '24 hours' },
];

/** Asks for role and lifetime, and has the kubeconfig issued. */
export const IssueForm = (props: {
  cluster: Pick<Cluster, 'id' | 'name'>;
  onIssued: (issued: IssuedKubeconfig) => void;
}) => {
  const { cluster, onIssued } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const [role, setRole] = useState<GrantRole>('administrator');
  const [hours, setHours] = useState('8');
  const [isPending, setPending] = useState(false);
  const [error, setError] = useState<string>();

  const issue = async () => {
    setPending(true);
    setError(undefined);
    try {
      onIssued(
        await kubesmithApi.issueGrant(cluster.id, {
          role,
          hours: Number(hours),
        }),
      );
    } catch (cause) {
      setError(errorText(cause));
      setPending(false);
    }
  };

  return (
    <>
      <DialogHeader>Kubeconfig for {cluster.name}</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Text>
            A kubeconfig lets kubectl into the cluster in your name. It is yours
            alone and ends by itself; you can have as many as you need.
          </Text>
          <RadioGroup
            label="Role"
            value={role}
            onChange={value => setRole(value as GrantRole)}
          >
            {grantRoles.map(({ id, label, allows }) => (
              <Radio key={id} value={id}>
                {label}: {allows}
              </Radio>
            ))}
          </RadioGroup>
          <Select
            label="Valid for"
            options={lifetimes}
            value={hours}
            onChange={key => setHours(String(key))}
          />
          {error && (
            <Alert
              role="alert"
              status="danger"
              icon
              title="The kubeconfig could not be issued"
              description={error}
            />
          )}
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button variant="primary" isPending={isPending} onPress={issue}>
          Issue kubeconfig
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};
