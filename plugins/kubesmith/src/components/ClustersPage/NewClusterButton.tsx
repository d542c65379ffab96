import { useRouteRef } from '@backstage/frontend-plugin-api';
import { usePermission } from '@backstage/plugin-permission-react';
import { ButtonLink } from '@backstage/ui';
import { clusterCreatePermission } from '@kubesmith/plugin-kubesmith-common';
import { RiAddLine } from '@remixicon/react';
import { templateRouteRef } from '../../routes';

/** Leads to the order form. Not there for people who may not order, or where the scaffolder is not installed. */
export const NewClusterButton = () => {
  const templateRoute = useRouteRef(templateRouteRef);
  const { allowed } = usePermission({ permission: clusterCreatePermission });

  if (!allowed || !templateRoute) {
    return null;
  }
  return (
    <ButtonLink
      variant="primary"
      size="medium"
      iconStart={<RiAddLine aria-hidden />}
      href={templateRoute({
        namespace: 'default',
        templateName: 'new-k8s-cluster',
      })}
    >
      New K8s cluster
    </ButtonLink>
  );
};
