import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  DialogTrigger,
  Text,
} from '@backstage/ui';
import type { Grant } from '@kubesmith/plugin-kubesmith-common';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useAction } from '../../hooks/useAction';
import { formatAbsolute } from '../../format/time';

/** Ends a kubeconfig at once, after a question. */
export const RevokeButton = (props: {
  grant: Grant;
  onRevoked: () => void;
}) => {
  const { grant, onRevoked } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const { isRunning, start } = useAction({
    run: () => kubesmithApi.revokeGrant(grant.id),
    done: 'The kubeconfig does not work any more.',
    failed: 'The kubeconfig could not be revoked',
    after: onRevoked,
  });
  const issued = formatAbsolute(Date.parse(grant.createdAt));

  return (
    <DialogTrigger>
      <Button
        size="small"
        variant="secondary"
        isPending={isRunning}
        aria-label={`Revoke the kubeconfig of ${issued}`}
      >
        Revoke
      </Button>
      <Dialog>
        <DialogHeader>Revoke this kubeconfig?</DialogHeader>
        <DialogBody>
          <Text>
            It was issued to {grant.user} on {issued}. Whoever uses it is locked
            out at once; a new one can be issued at any time.
          </Text>
        </DialogBody>
        <DialogFooter>
          <Button variant="primary" destructive slot="close" onPress={start}>
            Revoke kubeconfig
          </Button>
          <Button variant="secondary" slot="close">
            Keep it
          </Button>
        </DialogFooter>
      </Dialog>
    </DialogTrigger>
  );
};
