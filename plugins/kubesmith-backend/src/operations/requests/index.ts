import type { BackupStore } from '../../backups/BackupStore';
import type { ClusterStore } from '../../database/ClusterStore';
import type { CatalogPeople } from '../../people/CatalogPeople';
import type { SnapshotStore } from '../../snapshots/SnapshotStore';
import type { ReadServerCertificate } from '../../tools/network/serverCertificate';
import type { Quotas } from '../../quotas/Quotas';
import type { RequestableOperations } from './OperationRequests';
import { createBackup } from './backups/backup';
import { createRestore } from './backups/restore';
import { createRenew } from './renew';
import { createRepair } from './repair';
import { createHibernate } from './hibernate';
import { type ResizeDeps, createResize } from './resize/resize';
import { type ScaleDeps, createScale } from './scale/scale';
import { createRemoveSnapshot } from './snapshots/remove';
import { createRollBack } from './snapshots/rollBack';
import { createSnapshot } from './snapshots/take';
import { createTransfer } from './transfer';
import { type UpgradeDeps, createUpgrade } from './upgrade/upgrade';
import { createWake } from './wake';

export { OperationRequests } from './OperationRequests';

/** All kinds of operations that people can begin, in the order of the menu. */
export function createRequestableOperations(
  deps: ScaleDeps &
    ResizeDeps &
    UpgradeDeps & {
      backups: BackupStore;
      readCertificate: ReadServerCertificate;
      clusters: ClusterStore;
      people: CatalogPeople;
      snapshots: SnapshotStore;
      quotas: Quotas;
    },
): RequestableOperations {
  return {
    scale: createScale(deps),
    resize: createResize(deps),
    repair: createRepair(deps),
    renew: createRenew(deps),
    upgrade: createUpgrade(deps),
    backup: createBackup(deps),
    restore: createRestore(deps),
    snapshot: createSnapshot(deps),
    rollback: createRollBack(deps),
    'remove-snapshot': createRemoveSnapshot(deps),
    transfer: createTransfer(deps),
    hibernate: createHibernate(),
    wake: createWake(deps),
  };
}
