/* eslint-disable @backstage/no-relative-monorepo-imports -- what stands for Proxmox says it in the product's words */
import type { OutsideWorldOptions } from '../../plugins/kubesmith-backend/src/outsideWorld';
import { noMachines } from '../../plugins/kubesmith-backend/src/reconciler/__testUtils__/noMachines';
import type { Machines } from '../../plugins/kubesmith-backend/src/reconciler/records';
import { formatMarker } from '../../plugins/kubesmith-backend/src/tools/proxmox/marker';
import type {
  PveVm,
  PveVmConfig,
} from '../../plugins/kubesmith-backend/src/tools/proxmox/types';

/** SIMULATED: a Proxmox that has exactly the machines that the records know, all of them well, and answers at once. */
export function recordedMachines({
  config,
  knex,
}: Pick<OutsideWorldOptions, 'config' | 'knex'>): Machines {
  const pools = new Map(
    config.environments.map(({ name, proxmox }) => [name, proxmox.pool]),
  );
  const configs = new Map<number, PveVmConfig>();
  return {
    ...noMachines.machines,
    hosts: async () =>
      ['pve1', 'pve2', 'pve3'].map(node => ({
        node,
        online: true,
        memoryTotal: 2 ** 40,
        memoryUsed: 0,
        memoryFree: 2 ** 40,
        cpus: 64,
      })),
    async vms(): Promise<PveVm[]> {
      const rows = await knex('nodes')
        .join('clusters', 'clusters.id', 'nodes.cluster_id')
        .select('nodes.*', 'clusters.environment');
      return rows.map(row => {
        const vmid = Number(row.vmid);
        configs.set(vmid, {
          name: row.name,
          description: formatMarker({
            clusterId: row.cluster_id,
            nodeName: row.name,
            operationId: row.operation_id,
          }),
          smbios1: `uuid=${row.smbios_uuid}`,
          cores: row.vcpu,
          memory: row.memory_mib,
        });
        return {
          vmid,
          name: row.name,
          node: row.host,
          status: 'running',
          pool: pools.get(row.environment),
          template: false,
        };
      });
    },
    async vmConfig(_host, vmid) {
      const found = configs.get(vmid);
      if (!found) throw new Error(`There is no machine ${vmid}`);
      return found;
    },
  };
}
