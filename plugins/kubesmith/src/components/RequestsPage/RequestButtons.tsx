import { useApi } from '@backstage/frontend-plugin-api';
import { Flex } from '@backstage/ui';
import type { OrderRequest } from '@kubesmith/plugin-kubesmith-common';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { EntityName, EnvironmentName } from '../EntityName';
import { DecisionButton } from './DecisionButton';
import { describeDraft } from './requestTexts';

/** What the person who looks can do with an order request. */
export const RequestButtons = (props: {
  request: OrderRequest;
  onChanged: () => void;
}) => {
  const { request, onChanged } = props;
  const { can, environment, id, name, requester } = request;
  const kubesmithApi = useApi(kubesmithApiRef);
  return (
    <Flex gap="2">
      {can.decide && (
        <>
          <DecisionButton
            label="Approve"
            spoken={`Approve ${name}`}
            title={`Approve ${name}?`}
            text={
              <>
                {describeDraft(request)} in{' '}
                <EnvironmentName name={environment} />, for{' '}
                <EntityName entityRef={requester} />. The order is checked once
                more and then built at once.
              </>
            }
            reason={{ label: 'Reason (optional)', isRequired: false }}
            onDecide={reason =>
              kubesmithApi.approveOrderRequest(id, reason || undefined)
            }
            onTried={onChanged}
          />
          <DecisionButton
            label="Refuse"
            spoken={`Refuse ${name}`}
            title={`Refuse ${name}?`}
            text={
              <>
                <EntityName entityRef={requester} /> is told, with your reason.
              </>
            }
            reason={{ label: 'Reason', isRequired: true }}
            isDestructive
            onDecide={reason => kubesmithApi.refuseOrderRequest(id, reason)}
            onTried={onChanged}
          />
        </>
      )}
      {can.withdraw && (
        <DecisionButton
          label="Take back"
          spoken={`Take back ${name}`}
          title={`Take back the order of ${name}?`}
          text="Nobody decides about it any more. You can order again."
          onDecide={() => kubesmithApi.withdrawOrderRequest(id)}
          onTried={onChanged}
        />
      )}
    </Flex>
  );
};
