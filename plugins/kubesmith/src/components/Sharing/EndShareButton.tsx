import { useApi } from '@backstage/frontend-plugin-api';
import type { Share } from '@kubesmith/plugin-kubesmith-common';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { ConfirmButton } from '../ConfirmButton';
import { EntityName } from '../EntityName';

/** Ends a share at once, after a question. */
export const EndShareButton = (props: {
  share: Share;
  onEnded: () => void;
}) => {
  const { share, onEnded } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  return (
    <ConfirmButton
      label="End"
      spoken={`End the share with ${share.subject}`}
      title="End this share?"
      text={
        <>
          <EntityName entityRef={share.subject} /> will not see this cluster any
          more, unless by another right. Kubeconfigs that were issued by this
          share stop working within a minute.
        </>
      }
      confirm="End share"
      action={{
        run: () => kubesmithApi.endShare(share.id),
        done: 'The share has ended.',
        failed: 'The share could not be ended',
        after: onEnded,
      }}
    />
  );
};
