import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';
import type { ClusterVerb } from '../permissions/ClusterAccess';

/** The right on a cluster that each kind of operation needs: to begin it, to stop it and to have it go on. */
export const operationVerbs: Record<OperationKind, ClusterVerb> = {
  // Whoever may end a cluster may stop building it.
  create: 'delete',
  delete: 'delete',
  // See `requiredVerbs`.
  transfer: 'delete',
  snapshot: 'snapshot',
  rollback: 'snapshot',
  'remove-snapshot': 'snapshot',
  hibernate: 'hibernate',
  wake: 'hibernate',
  scale: 'scale',
  resize: 'scale',
  repair: 'upgrade',
  renew: 'upgrade',
  upgrade: 'upgrade',
  backup: 'snapshot',
  restore: 'snapshot',
};

/**
 * All rights that beginning an operation takes. Who gives a cluster away gives every right to it: whoever may only delete it, as those
 * who run an environment may, must not make it their own.
 */
export function requiredVerbs(kind: OperationKind): ClusterVerb[] {
  return kind === 'transfer'
    ? ['delete', 'share', 'access-administrator']
    : [operationVerbs[kind]];
}
