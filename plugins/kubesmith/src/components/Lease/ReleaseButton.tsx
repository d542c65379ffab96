import { useApi } from '@backstage/frontend-plugin-api';
import { Button } from '@backstage/ui';
import type { Lease } from '@kubesmith/plugin-kubesmith-common';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useAction } from '../../hooks/useAction';

/** Lets a cluster that was held expire as others do. */
export const ReleaseButton = (props: {
  lease: Lease;
  onReleased: () => void;
}) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const { isRunning, start } = useAction({
    run: () => kubesmithApi.releaseLease(props.lease.clusterId),
    done: 'The cluster expires as others do.',
    failed: 'The cluster could not be released',
    after: props.onReleased,
  });
  return (
    <Button
      variant="secondary"
      size="small"
      isPending={isRunning}
      onPress={start}
    >
      Let it expire again
    </Button>
  );
};
