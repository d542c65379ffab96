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
  Skeleton,
  Text,
} from '@backstage/ui';
import type {
  Cluster,
  GrantOptions,
  GrantRole,
} from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';
import { kubesmithApiRef, type IssuedKubeconfig } from '../../api/kubesmithApi';
import { useSubmit } from '../../hooks/useSubmit';
import { FormError } from '../FormError';
import { lifetimesUpTo } from './lifetimes';
import { allowsIn, grantRoles } from './roles';

/** Asks for role and lifetime, of those that the user may have, and has the kubeconfig issued. */
export const IssueForm = (props: {
  cluster: Pick<Cluster, 'id' | 'name'>;
  onIssued: (issued: IssuedKubeconfig) => void;
}) => {
  const { cluster, onIssued } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const [options, setOptions] = useState<GrantOptions>();
  const [role, setRole] = useState<GrantRole>();
  const [hours, setHours] = useState<string>();
  const { error, fail, isPending, submit } = useSubmit();

  useEffect(() => {
    let isCurrent = true;
    kubesmithApi.getGrantOptions(cluster.id).then(
      answer => isCurrent && setOptions(answer),
      cause => isCurrent && fail(cause),
    );
    return () => {
      isCurrent = false;
    };
  }, [kubesmithApi, cluster.id, fail]);

  // The least that does: who needs more asks for it.
  const chosen = role ?? options?.roles[0]?.role;

  const issue = async () => {
    if (!options || !chosen) return;
    await submit(async () => {
      onIssued(
        await kubesmithApi.issueGrant(cluster.id, {
          role: chosen,
          hours: Number(hours ?? options.defaultHours),
        }),
      );
    });
  };

  return (
    <>
      <DialogHeader>Kubeconfig for {cluster.name}</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Text>
            A kubeconfig lets kubectl into the cluster in your name. It is yours
            alone and ends by itself, or with your right to it; you can have as
            many as you need.
          </Text>
          {options?.endsWithRights === false && (
            <Alert
              status="info"
              icon
              title="Ending it with your right is not available with this policy engine"
              description="It ends with its time, with the share that gave it, or when somebody revokes it."
            />
          )}
          {!options && !error && (
            <div role="status" aria-label="Reading what you may have">
              <Skeleton height={120} />
            </div>
          )}
          {options && options.roles.length === 0 && (
            <Text>You may not have kubeconfigs of this cluster any more.</Text>
          )}
          {options && options.roles.length > 0 && (
            <>
              <RadioGroup
                label="Role"
                value={chosen}
                onChange={value => setRole(value as GrantRole)}
              >
                {grantRoles.flatMap(each => {
                  const may = options.roles.find(item => item.role === each.id);
                  return may
                    ? [
                        <Radio key={each.id} value={each.id}>
                          {each.label}: {allowsIn(each, may.namespaces)}
                        </Radio>,
                      ]
                    : [];
                })}
              </RadioGroup>
              <Select
                label="Valid for"
                options={lifetimesUpTo(options)}
                value={hours ?? String(options.defaultHours)}
                onChange={key => setHours(String(key))}
              />
            </>
          )}
          <FormError title="The kubeconfig could not be issued" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button
          variant="primary"
          isPending={isPending}
          isDisabled={!chosen}
          onPress={issue}
        >
          Issue kubeconfig
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};
