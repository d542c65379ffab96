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
import type { Share } from '@kubesmith/plugin-kubesmith-common';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useAction } from '../../hooks/useAction';
import { EntityName } from '../EntityName';

/** Ends a share at once, after a question. */
export const EndShareButton = (props: {
  share: Share;
  onEnded: () => void;
}) => {
  const { share, onEnded } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const { isRunning, start } = useAction({
    run: () => kubesmithApi.endShare(share.id),
    done: 'The share has ended.',
    failed: 'The share could not be ended',
    after: onEnded,
  });

  return (
    <DialogTrigger>
      <Button
        size="small"
        variant="secondary"
        isPending={isRunning}
        aria-label={`End the share with ${share.subject}`}
      >
        End
      </Button>
      <Dialog>
        <DialogHeader>End this share?</DialogHeader>
        <DialogBody>
          <Text>
            <EntityName entityRef={share.subject} /> will not see this cluster
            any more, unless by another right. Kubeconfigs that were issued by
            this share stop working within a minute.
          </Text>
        </DialogBody>
        <DialogFooter>
          <Button variant="primary" destructive slot="close" onPress={start}>
            End share
          </Button>
          <Button variant="secondary" slot="close">
            Keep it
          </Button>
        </DialogFooter>
      </Dialog>
    </DialogTrigger>
  );
};
