import type {
  BeginnableKind,
  ClusterPhase,
} from '@kubesmith/plugin-kubesmith-common';
import type { OperationRequests } from './OperationRequests';

/** A cluster can be deleted at any time, once. */
const deletable: Record<ClusterPhase, boolean> = {
  reserved: true,
  provisioning: true,
  bootstrapping: true,
  verifying: true,
  ready: true,
  updating: true,
  hibernating: true,
  hibernated: true,
  waking: true,
  restoring: true,
  failed: true,
  'needs-attention': true,
  deleting: false,
  deleted: false,
};

const toDelete = (Object.keys(deletable) as ClusterPhase[]).filter(
  phase => deletable[phase],
);

/** In which phases a cluster may be when this is begun. */
export function phasesToBegin(
  kind: BeginnableKind,
  requests: Pick<OperationRequests, 'kind'>,
): readonly ClusterPhase[] {
  return kind === 'delete' ? toDelete : requests.kind(kind).phases;
}
