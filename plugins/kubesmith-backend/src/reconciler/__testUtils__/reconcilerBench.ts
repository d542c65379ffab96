import { randomUUID } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import type { NotificationService } from '@backstage/plugin-notifications-node';
import type { FindingKind } from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import { openStores } from '../../__testUtils__/databases';
import type { NodeRecord } from '../../database/records';
import { engineDatabase } from '../../engine/__testUtils__/engineDatabase';
import { RestoreStore } from '../../restore/RestoreStore';
import type { LabProxmox } from '../../steps/__testUtils__/LabProxmox';
import { STATE_SECRET } from '../../steps/custodyOf';
import { formatMarker } from '../../tools/proxmox/marker';
import { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import { FindingNotices } from '../FindingNotices';
import { FindingStore } from '../FindingStore';
import { Reconciler } from '../Reconciler';

type Sent = Parameters<NotificationService['send']>[0];

/** Where the bench's clusters live. */
export const POOL = 'kubesmith-research';

/**
 * The reconciler with real records and the API double of Proxmox; nobody answers on the network unless a test says so.
 */
export async function reconcilerBench(knex: Knex, lab: LabProxmox) {
  const stores = await openStores(knex);
  const { clusters, operations, pools } = stores;
  const db = await engineDatabase(knex);
  const findings = new FindingStore(knex);
  const logger = mockServices.logger.mock();
  const audited: Array<Record<string, unknown>> = [];
  const answering = new Map<string, string>();
  const notices: object[] = [];
  const post = { isAway: false };
  const hooks = { during: async () => {} };
  const proxmox = await ProxmoxClient.create(lab.connection);
  const newReconciler = () =>
    new Reconciler({
      ...stores,
      audit: { byPlatform: async ({ meta }) => void audited.push(meta) },
      logger,
      machines: proxmox,
      notices: new FindingNotices({
        administrators: ['group:default/administrators'],
        logger,
        notifications: {
          send: async ({ payload }: Sent) => {
            if (post.isAway) throw new Error('404 Not Found');
            notices.push(payload);
          },
        },
      }),
      onChange: () => {},
      probe: async address => {
        await hooks.during();
        return answering.get(address);
      },
      restores: new RestoreStore(knex),
      store: findings,
    });
  const reconciler = newReconciler();

  /** Makes the machine of a node in the double, as Terraform would have. */
  const make = async (node: NodeRecord, change: object = {}) => {
    const { clusterId, host, ipAddress, name, operationId, vmid } = node;
    await lab.control('POST', 'strangers', {
      vmid,
      name,
      node: host,
      pool: POOL,
    });
    await lab.control('PATCH', `vms/${vmid}`, {
      config: {
        description: formatMarker({ clusterId, nodeName: name, operationId }),
        smbios1: `uuid=${node.smbiosUuid}`,
        ipconfig0: `ip=${ipAddress}/24,gw=10.40.19.254`,
        cores: node.vcpu,
        memory: node.memoryMiB,
        ...change,
      },
    });
  };
  /** A ready cluster with its machines and addresses. */
  const ready = async (name: string) => {
    const { clusterId, operationId } = await db.order({ name });
    const nodes = await clusters.nodes(clusterId);
    await knex.transaction(async tx => {
      await pools.lock(tx, 'lab');
      const addresses = await pools.allocate(tx, {
        poolId: 'lab',
        clusterId,
        operationId,
        slots: [...nodes.map(node => node.name), 'vip'],
      });
      for (const [index, node] of nodes.entries())
        await clusters.updateNode(
          clusterId,
          node.name,
          { ipAddress: addresses[index] },
          tx,
        );
      await clusters.update(clusterId, { vip: addresses.at(-1)! }, tx);
    });
    await pools.bind(clusterId);
    await knex('operations')
      .where({ id: operationId })
      .update({ status: 'succeeded', finished_at: 1 });
    await clusters.markReady(clusterId);
    await stores.secrets.put(clusterId, STATE_SECRET, '{}');
    const now = await clusters.nodes(clusterId);
    for (const node of now) await make(node);
    return { clusterId, operationId, nodes: now };
  };

  return {
    ...stores,
    answering,
    audited,
    db,
    findings,
    /** What happens in the middle of a look. */
    hooks,
    lab,
    logger,
    notices,
    make,
    newReconciler,
    /** The notifications backend. */
    post,
    proxmox,
    ready,
    reconciler,
    /** Notes that a cluster is deleted although its machines are there. */
    deleted: async (clusterId: string) => {
      await pools.release(clusterId);
      await stores.secrets.delete(clusterId);
      await clusters.markDeleted(clusterId);
    },
    /** The open findings of one kind, or all. */
    open: async (kind?: FindingKind) =>
      findings.list({
        environments: stores.config.environments.map(({ name }) => name),
        kind,
      }),
    /** Lets the next look count as another sighting. */
    minuteLater: async () => {
      await knex('findings').update({ counted_at: 0 });
    },
    /** Looks, and says which kinds are open afterwards. */
    look: async () => {
      await reconciler.look();
      const rows = await knex('findings').whereNull('ended_at').orderBy('kind');
      return rows.map(({ kind }: { kind: string }) => kind);
    },
    /** An operation that goes on with a cluster. */
    busy: async (clusterId: string) => {
      const id = await db.request(clusterId, 'delete');
      return async () => {
        await knex('operations')
          .where({ id })
          .update({ status: 'failed', finished_at: 1 });
      };
    },
    operations,
    id: randomUUID,
  };
}

/** What {@link reconcilerBench} gives. */
export type ReconcilerBench = Awaited<ReturnType<typeof reconcilerBench>>;
