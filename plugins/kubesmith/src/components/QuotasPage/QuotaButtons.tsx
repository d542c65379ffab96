import { useApi } from '@backstage/frontend-plugin-api';
import { Button, Dialog, DialogTrigger, Flex } from '@backstage/ui';
import type { Quota } from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { ConfirmButton } from '../ConfirmButton';
import { QuotaForm } from './QuotaForm';

/** Opens the form, for a new quota or for one that there is. */
export const EditQuotaButton = (props: {
  environments: string[];
  quota?: Quota;
  onSaved: () => void;
}) => {
  const { environments, quota, onSaved } = props;
  const [isOpen, setOpen] = useState(false);
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      {quota ? (
        <Button
          size="small"
          variant="secondary"
          aria-label={`Change the quota of ${quota.title}`}
        >
          Change
        </Button>
      ) : (
        <Button variant="primary">New quota</Button>
      )}
      <Dialog>
        {isOpen && (
          <QuotaForm
            environments={environments}
            quota={quota}
            onSaved={() => {
              setOpen(false);
              onSaved();
            }}
          />
        )}
      </Dialog>
    </DialogTrigger>
  );
};

/** Takes a quota away, after a question. */
export const DeleteQuotaButton = (props: {
  quota: Quota;
  onDeleted: () => void;
}) => {
  const { quota, onDeleted } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  return (
    <ConfirmButton
      label="Take away"
      spoken={`Take away the quota of ${quota.title}`}
      title="Take away this quota?"
      text={`It is for ${quota.title}. Other quotas that apply still hold.`}
      confirm="Take it away"
      action={{
        run: () => kubesmithApi.deleteQuota(quota.id),
        done: 'The quota limits nothing any more.',
        failed: 'The quota could not be taken away',
        after: onDeleted,
      }}
    />
  );
};

/** What can be done with a quota. */
export const QuotaButtons = (props: {
  environments: string[];
  quota: Quota;
  onChanged: () => void;
}) => (
  <Flex gap="2">
    <EditQuotaButton {...props} onSaved={props.onChanged} />
    <DeleteQuotaButton quota={props.quota} onDeleted={props.onChanged} />
  </Flex>
);
