import { useApi } from '@backstage/frontend-plugin-api';
import type { EnvironmentRecord } from '@kubesmith/plugin-kubesmith-common';
import { RiDeleteBinLine } from '@remixicon/react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { ConfirmButton } from '../ConfirmButton';

/** Asks once more, then deletes an environment that has no clusters. */
export const DeleteEnvironmentButton = (props: {
  record: EnvironmentRecord;
  onDeleted: () => void;
}) => {
  const { record, onDeleted } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  return (
    <ConfirmButton
      label="Delete environment"
      spoken="Delete environment"
      title={`Delete ${record.title}?`}
      text="Nobody can order there any more. It has no clusters, and nothing in Proxmox is touched: its resource pool and template stay."
      confirm="Delete"
      icon={<RiDeleteBinLine aria-hidden />}
      action={{
        run: () => kubesmithApi.deleteEnvironment(record.name, record.version),
        done: `The environment ${record.title} is deleted`,
        failed: `The environment ${record.title} was not deleted`,
        after: onDeleted,
      }}
    />
  );
};
