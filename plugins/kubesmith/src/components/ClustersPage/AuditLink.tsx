import { useRouteRef } from '@backstage/frontend-plugin-api';
import { usePermission } from '@backstage/plugin-permission-react';
import { ButtonLink } from '@backstage/ui';
import { auditReadPermission } from '@kubesmith/plugin-kubesmith-common';
import { RiFileListLine } from '@remixicon/react';
import { auditRouteRef } from '../../routes';

/** Leads to the audit trail, for those who may read it. */
export const AuditLink = () => {
  const auditRoute = useRouteRef(auditRouteRef);
  const { allowed } = usePermission({ permission: auditReadPermission });

  return allowed && auditRoute ? (
    <ButtonLink
      variant="secondary"
      size="medium"
      iconStart={<RiFileListLine aria-hidden />}
      href={auditRoute()}
    >
      Audit trail
    </ButtonLink>
  ) : null;
};
