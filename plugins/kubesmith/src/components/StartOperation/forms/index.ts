import type { RequestableKind } from '@kubesmith/plugin-kubesmith-common';
import type { OperationForm } from './OperationForm';
import { resizeForm } from './resize';
import { scaleForm } from './scale';
import { restoreForm } from './restore';
import { chooseSnapshotForm, snapshotForm } from './snapshot';
import { transferForm } from './transfer';
import { upgradeForm } from './upgrade';

export type { OperationForm, RequestFields } from './OperationForm';

/** The form of each kind that needs to know something; the others just show their plan. */
export const operationForms: Partial<Record<RequestableKind, OperationForm>> = {
  resize: resizeForm,
  scale: scaleForm,
  transfer: transferForm,
  snapshot: snapshotForm,
  rollback: chooseSnapshotForm,
  'remove-snapshot': chooseSnapshotForm,
  restore: restoreForm,
  upgrade: upgradeForm,
};
