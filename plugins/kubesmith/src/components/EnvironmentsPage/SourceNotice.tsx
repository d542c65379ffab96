import { Alert } from '@backstage/ui';
import type { EnvironmentRecord } from '@kubesmith/plugin-kubesmith-common';

/** Says why an environment, or a part of it, cannot be changed here, and how it can. */
export const SourceNotice = ({ record }: { record: EnvironmentRecord }) => {
  if (record.retired)
    return (
      <Alert
        role="note"
        status="warning"
        icon
        title="This environment was taken out of the app-config"
        description="Nobody can order here any more. Save it to keep it as an environment of the portal, or delete or move its clusters and then delete it."
      />
    );
  if (record.source === 'configuration')
    return (
      <Alert
        role="note"
        status="info"
        icon
        title="This environment is in the app-config"
        description="Here it can only be read. An administrator changes it under kubesmith.environments in the app-config and restarts the portal. Taken out there, it can be changed here."
      />
    );
  if (!record.can.changeNetwork)
    return (
      <Alert
        role="note"
        status="info"
        icon
        title="Owner, addresses and Proxmox are changed by administrators"
      />
    );
  return null;
};
