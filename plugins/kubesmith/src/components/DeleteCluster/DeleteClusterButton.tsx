import { useRouteRef } from '@backstage/frontend-plugin-api';
import {
  Button,
  ButtonLink,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  DialogTrigger,
  Flex,
  Text,
} from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { RiDeleteBinLine } from '@remixicon/react';
import { describeNodes } from '../../format/nodes';
import { templateRouteRef } from '../../routes';

/** Says what a deletion means, then leads to its form with the cluster filled in. */
export const DeleteClusterButton = ({ cluster }: { cluster: Cluster }) => {
  const templateRoute = useRouteRef(templateRouteRef);
  if (!templateRoute) {
    return null;
  }
  const form = templateRoute({
    namespace: 'default',
    templateName: 'delete-k8s-cluster',
  });
  const formData = encodeURIComponent(
    JSON.stringify({ cluster: cluster.entityRef }),
  );

  return (
    <DialogTrigger>
      <Button
        variant="secondary"
        size="medium"
        destructive
        iconStart={<RiDeleteBinLine aria-hidden />}
      >
        Delete cluster
      </Button>
      <Dialog>
        <DialogHeader>Delete {cluster.name}?</DialogHeader>
        <DialogBody>
          <Flex direction="column" gap="3">
            <Text>
              Its nodes are removed with everything that is stored on them:{' '}
              {describeNodes(cluster.spec)}. Nothing of it can be brought back.
            </Text>
            <Text>All kubeconfigs of this cluster stop working.</Text>
          </Flex>
        </DialogBody>
        <DialogFooter>
          <ButtonLink variant="primary" href={`${form}?formData=${formData}`}>
            Continue to deletion
          </ButtonLink>
          <Button variant="secondary" slot="close">
            Keep the cluster
          </Button>
        </DialogFooter>
      </Dialog>
    </DialogTrigger>
  );
};
