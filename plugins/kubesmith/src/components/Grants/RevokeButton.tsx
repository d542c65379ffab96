import { useApi } from '@backstage/frontend-plugin-api';
import type { Grant } from '@kubesmith/plugin-kubesmith-common';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { formatAbsolute } from '../../format/time';
import { EntityName } from '../EntityName';
import { ConfirmButton } from '../ConfirmButton';

/** Ends a kubeconfig at once, after a question. */
export const RevokeButton = (props: {
  grant: Grant;
  onRevoked: () => void;
}) => {
  const { grant, onRevoked } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const issued = formatAbsolute(Date.parse(grant.createdAt));
  return (
    <ConfirmButton
      label="Revoke"
      spoken={`Revoke the kubeconfig of ${issued}`}
      title="Revoke this kubeconfig?"
      text={
        <>
          It was issued to <EntityName entityRef={grant.user} /> on {issued}.
          Whoever uses it is locked out at once; a new one can be issued at any
          time.
        </>
      }
      confirm="Revoke kubeconfig"
      action={{
        run: () => kubesmithApi.revokeGrant(grant.id),
        done: 'The kubeconfig does not work any more.',
        failed: 'The kubeconfig could not be revoked',
        after: onRevoked,
      }}
    />
  );
};
