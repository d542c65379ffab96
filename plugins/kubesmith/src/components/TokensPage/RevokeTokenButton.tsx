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
import type { AccessToken } from '@kubesmith/plugin-kubesmith-common';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useAction } from '../../hooks/useAction';

/** Ends a token at once, after a question. */
export const RevokeTokenButton = (props: {
  token: AccessToken;
  onRevoked: () => void;
}) => {
  const { token, onRevoked } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const { isRunning, start } = useAction({
    run: () => kubesmithApi.revokeToken(token.id),
    done: `The access token '${token.name}' does not work any more.`,
    failed: 'The access token could not be revoked',
    after: onRevoked,
  });

  return (
    <DialogTrigger>
      <Button
        size="small"
        variant="secondary"
        isPending={isRunning}
        aria-label={`Revoke the access token ${token.name}`}
      >
        Revoke
      </Button>
      <Dialog>
        <DialogHeader>Revoke this access token?</DialogHeader>
        <DialogBody>
          <Text>
            Scripts that use '{token.name}' are refused at once. Kubeconfigs
            that they got go on until they end; revoke those on the cluster's
            page.
          </Text>
        </DialogBody>
        <DialogFooter>
          <Button variant="primary" destructive slot="close" onPress={start}>
            Revoke token
          </Button>
          <Button variant="secondary" slot="close">
            Keep it
          </Button>
        </DialogFooter>
      </Dialog>
    </DialogTrigger>
  );
};
