import { useRouteRef } from '@backstage/frontend-plugin-api';
import { Badge, Flex, Link, Text } from '@backstage/ui';
import type { OrderRequest } from '@kubesmith/plugin-kubesmith-common';
import { clusterRouteRef } from '../../routes';
import { EntityName, EnvironmentName } from '../EntityName';
import { ToneIcon } from '../PhaseBadge';
import { PlainTable } from '../PlainTable';
import { RelativeTime } from '../Time';
import { RequestButtons } from './RequestButtons';
import styles from './RequestsPage.module.css';
import { describeDraft, statusTexts } from './requestTexts';

const State = ({ request }: { request: OrderRequest }) => {
  const clusterRoute = useRouteRef(clusterRouteRef);
  const { clusterId, decidedBy, decisionReason, expiresAt, problems, status } =
    request;
  const { label, tone } = statusTexts[status];
  const href = clusterId && clusterRoute?.({ clusterId });
  return (
    <Flex direction="column" gap="1">
      <Badge icon={<ToneIcon tone={tone} />}>{label}</Badge>
      {status === 'waiting' && (
        <Text variant="body-small">
          Expires <RelativeTime at={expiresAt} />
        </Text>
      )}
      {decidedBy && (
        <Text variant="body-small">
          By <EntityName entityRef={decidedBy} isLink />
          {decisionReason && `: ${decisionReason}`}
        </Text>
      )}
      {href && <Link href={href}>To the cluster</Link>}
      {problems?.map(({ code, message, remedy }) => (
        <Text key={message} as="p" variant="body-small" color="danger">
          Not possible when it was approved: {message} {remedy} ({code})
        </Text>
      ))}
    </Flex>
  );
};

/** Order requests with what they ask for, why they need an approval, and what can be done. */
export const RequestsTable = (props: {
  requests: OrderRequest[];
  onChanged: () => void;
}) => (
  <PlainTable
    label="Orders that need an approval"
    columns={[
      'Cluster',
      'By',
      'Why it needs an approval',
      'State',
      <span key="decide" className={styles.hidden}>
        Decide
      </span>,
    ]}
  >
    {props.requests.map(request => (
      <tr key={request.id}>
        <th scope="row">
          <Text weight="bold">{request.name}</Text>
          <Text as="p" variant="body-small">
            <EnvironmentName name={request.environment} />:{' '}
            {describeDraft(request)}
          </Text>
          {request.draft.reason && (
            <Text as="p" variant="body-small" color="secondary">
              {request.draft.reason}
            </Text>
          )}
        </th>
        <td>
          <EntityName entityRef={request.requester} isLink />
          {request.owner !== request.requester && (
            <>
              {' for '}
              <EntityName entityRef={request.owner} isLink />
            </>
          )}
          <Text as="p" variant="body-small" color="secondary">
            <RelativeTime at={request.createdAt} />
          </Text>
        </td>
        <td>
          {request.why.map(text => (
            <Text key={text} as="p">
              {text}
            </Text>
          ))}
        </td>
        <td>
          <State request={request} />
        </td>
        <td>
          <RequestButtons request={request} onChanged={props.onChanged} />
        </td>
      </tr>
    ))}
  </PlainTable>
);
