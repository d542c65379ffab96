import { toastApiRef, useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  Select,
  Skeleton,
  Text,
} from '@backstage/ui';
import type {
  Cluster,
  EnvironmentRecord,
} from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useSubmit } from '../../hooks/useSubmit';
import { EnvironmentName } from '../EntityName';
import { FormError } from '../FormError';

/** Where a cluster can go as far as its network says; the rest, the API says. */
function destinations(
  records: EnvironmentRecord[],
  environment: string,
): EnvironmentRecord[] {
  const from = records.find(({ name }) => name === environment);
  return records.filter(
    ({ name, pool, retired }) =>
      name !== environment && !retired && pool.name === from?.pool.name,
  );
}

/** Asks where to, and moves the cluster. */
export const MoveClusterDialog = (props: {
  cluster: Pick<Cluster, 'id' | 'name' | 'environment'>;
  onMoved: () => void;
}) => {
  const { cluster, onMoved } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const toastApi = useApi(toastApiRef);
  const [records, setRecords] = useState<EnvironmentRecord[]>();
  const [target, setTarget] = useState<string>();
  const { error, fail, isPending, submit } = useSubmit();

  useEffect(() => {
    let isStale = false;
    kubesmithApi.listEnvironmentRecords().then(
      ({ items }) => isStale || setRecords(items),
      cause => isStale || fail(cause),
    );
    return () => {
      isStale = true;
    };
  }, [kubesmithApi, fail]);

  const pool = records?.find(({ name }) => name === cluster.environment)?.pool
    .name;
  const choices = records && destinations(records, cluster.environment);
  const move = () =>
    submit(async () => {
      await kubesmithApi.moveCluster(cluster.id, target!);
      const place = choices?.find(({ name }) => name === target)?.title;
      toastApi.post({
        title: `${cluster.name} is in ${place} now`,
        status: 'success',
        timeout: 5_000,
      });
      onMoved();
    });

  return (
    <>
      <DialogHeader>Move {cluster.name}</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Text>
            Its machines, addresses and kubeconfigs stay as they are. Who looks
            after the other environment sees it then, and those who look after{' '}
            <EnvironmentName name={cluster.environment} /> do not any more.
          </Text>
          {!choices && !error && (
            <div role="status" aria-label="Reading the environments">
              <Skeleton height={40} />
            </div>
          )}
          {choices?.length === 0 && (
            <Text color="secondary">
              It can only move where its addresses are: to an environment with
              the same address pool{pool && ` (${pool})`}. You look after no
              other one that has it.
            </Text>
          )}
          {choices && choices.length > 0 && (
            <Select
              label="To"
              options={choices.map(({ name, title }) => ({
                id: name,
                label: title,
              }))}
              value={target ?? null}
              onChange={key => setTarget(String(key))}
            />
          )}
          <FormError
            title={
              records
                ? 'The cluster was not moved'
                : 'The environments could not be read'
            }
            error={error}
          />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button
          variant="primary"
          isDisabled={!target}
          isPending={isPending}
          onPress={move}
        >
          Move
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};
