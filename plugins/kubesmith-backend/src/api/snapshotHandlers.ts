import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import { differences } from '../snapshots/differences';
import type { SnapshotStore } from '../snapshots/SnapshotStore';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';

/** What the handler works with. */
export type SnapshotHandlerDeps = {
  access: ClusterAccess;
  clusters: ClusterStore;
  requester: Requester;
  snapshots: SnapshotStore;
};

/** The snapshots of clusters. Taking, going back and removing are operations. */
export function createSnapshotHandlers({
  access,
  clusters,
  requester,
  snapshots,
}: SnapshotHandlerDeps): Pick<Handlers, 'listSnapshots'> {
  return {
    async listSnapshots({ clusterId }, request) {
      const allowed = await access.of(await requester.anyone(request));
      allowed.require('read', await clusters.get(clusterId), {
        kind: 'cluster',
        id: clusterId,
      });
      const [items, nodes] = await Promise.all([
        snapshots.list(clusterId),
        clusters.liveNodes(clusterId),
      ]);
      return {
        body: {
          items: items.map(snapshot => ({
            id: snapshot.id,
            label: snapshot.label,
            state: snapshot.state,
            createdBy: snapshot.createdBy,
            createdAt: new Date(snapshot.createdAt).toISOString(),
            takenAt:
              snapshot.takenAt === undefined
                ? undefined
                : new Date(snapshot.takenAt).toISOString(),
            nodes: snapshot.nodes.map(({ name }) => name),
            spec: snapshot.spec,
            obstacle: differences(snapshot.nodes, nodes),
          })),
        },
      };
    },
  };
}
