import { useApi } from '@backstage/frontend-plugin-api';
import type { AccessToken } from '@kubesmith/plugin-kubesmith-common';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { ConfirmButton } from '../ConfirmButton';

/** Ends a token at once, after a question. */
export const RevokeTokenButton = (props: {
  token: AccessToken;
  onRevoked: () => void;
}) => {
  const { token, onRevoked } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  return (
    <ConfirmButton
      label="Revoke"
      spoken={`Revoke the access token ${token.name}`}
      title="Revoke this access token?"
      text={`Scripts that use '${token.name}' are refused at once. Kubeconfigs that they got go on until they end; revoke those on the cluster's page.`}
      confirm="Revoke token"
      action={{
        run: () => kubesmithApi.revokeToken(token.id),
        done: `The access token '${token.name}' does not work any more.`,
        failed: 'The access token could not be revoked',
        after: onRevoked,
      }}
    />
  );
};
