import { Flex, Text } from '@backstage/ui';
import {
  type AppliedQuota,
  QUOTA_RESOURCES,
  type Quota,
} from '@kubesmith/plugin-kubesmith-common';
import type { ReactNode } from 'react';
import { useEntityNames } from '../../hooks/useEntityNames';
import { EntityName } from '../EntityName';
import { PlainTable } from '../PlainTable';
import { QuotaButtons } from './QuotaButtons';
import { UseBar } from './UseBar';

const QuotaTable = (props: {
  caption: string;
  hasButtons?: boolean;
  children: ReactNode;
}) => (
  <PlainTable
    label={props.caption}
    columns={['For', 'In use', ...(props.hasButtons ? ['Change'] : [])]}
  >
    {props.children}
  </PlainTable>
);

const Lease = ({ days }: { days?: number }) =>
  days === undefined ? null : (
    <Text as="p">Clusters last {days} days at most.</Text>
  );

/** What applies to the person who looks. */
export const MyQuotas = ({ quotas }: { quotas: AppliedQuota[] }) => (
  <QuotaTable caption="What applies to you">
    {quotas.map(({ id, title, limits, leaseDays }) => (
      <tr key={id}>
        <th scope="row">{title}</th>
        <td>
          {limits.map(limit => (
            <UseBar key={limit.resource} of={title} {...limit} />
          ))}
          <Lease days={leaseDays} />
        </td>
      </tr>
    ))}
  </QuotaTable>
);

const Uses = ({ quota }: { quota: Quota }) => {
  const { limits, title, uses } = quota;
  const nameOf = useEntityNames(uses.flatMap(({ person }) => person ?? []));
  return (
    <Flex direction="column" gap="2">
      {uses.length === 0 && <Text color="secondary">Nobody uses any.</Text>}
      {uses.map(use => (
        <div key={use.person ?? ''}>
          {use.person && <EntityName entityRef={use.person} isLink />}
          {QUOTA_RESOURCES.map(resource => {
            const limit = limits[resource];
            return limit === undefined ? null : (
              <UseBar
                key={resource}
                of={use.person ? nameOf(use.person) : title}
                resource={resource}
                limit={limit}
                use={use[resource]}
              />
            );
          })}
        </div>
      ))}
      <Lease days={limits.leaseDays} />
    </Flex>
  );
};

/** What the person who looks may change. */
export const ManagedQuotas = (props: {
  environments: string[];
  quotas: Quota[];
  onChanged: () => void;
}) => (
  <QuotaTable caption="Quotas that you may change" hasButtons>
    {props.quotas.map(quota => (
      <tr key={quota.id}>
        <th scope="row">{quota.title}</th>
        <td>
          <Uses quota={quota} />
        </td>
        <td>
          <QuotaButtons
            environments={props.environments}
            quota={quota}
            onChanged={props.onChanged}
          />
        </td>
      </tr>
    ))}
  </QuotaTable>
);
