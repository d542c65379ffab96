import { useApi } from '@backstage/frontend-plugin-api';
import { Button } from '@backstage/ui';
import { RiDownloadLine } from '@remixicon/react';
import { kubesmithApiRef, type AuditQuery } from '../../api/kubesmithApi';
import { saveFile } from '../../browser/saveFile';
import { useAction } from '../../hooks/useAction';

/** Saves what the filter lets through as a CSV file, all pages of it. */
export const ExportButton = (props: {
  filter: Omit<AuditQuery, 'before' | 'limit'>;
}) => {
  const kubesmithApi = useApi(kubesmithApiRef);
  const { isRunning, start } = useAction({
    run: async () =>
      saveFile(
        'kubesmith-audit-trail.csv',
        await kubesmithApi.exportAuditEntries(props.filter),
        'text/csv',
      ),
    done: 'The audit trail was saved',
    failed: 'The audit trail could not be saved',
  });
  return (
    <Button
      variant="secondary"
      size="medium"
      iconStart={<RiDownloadLine aria-hidden />}
      isDisabled={isRunning}
      onPress={start}
    >
      Save as CSV
    </Button>
  );
};
