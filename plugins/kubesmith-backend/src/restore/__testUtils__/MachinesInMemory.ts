import type { NodeRecord } from '../../database/records';
import { formatMarker } from '../../tools/proxmox/marker';
import type { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import type { PveVm, PveVmConfig } from '../../tools/proxmox/types';

/** Machines that are a few variables, for tests that only look at them. */
export class MachinesInMemory
  implements Pick<ProxmoxClient, 'vms' | 'vmConfig' | 'isFree'>
{
  down = false;
  readonly #machines = new Map<number, { vm: PveVm; config: PveVmConfig }>();

  /** Makes the machine of a node, as Terraform would. */
  make(node: NodeRecord, pool: string): void {
    const { clusterId, host, ipAddress, name, operationId, vmid } = node;
    this.#machines.set(vmid, {
      vm: {
        vmid,
        name,
        node: host,
        pool,
        status: 'running',
        template: false,
      },
      config: {
        name,
        description: formatMarker({ clusterId, nodeName: name, operationId }),
        smbios1: `uuid=${node.smbiosUuid}`,
        ipconfig0: `ip=${ipAddress}/24,gw=10.40.19.254`,
      },
    });
  }

  remove(vmid: number): void {
    this.#machines.delete(vmid);
  }

  async vms() {
    this.#answer();
    return [...this.#machines.values()].map(({ vm }) => vm);
  }

  async vmConfig(_host: string, vmid: number) {
    this.#answer();
    return this.#machines.get(vmid)!.config;
  }

  async isFree(vmid: number) {
    this.#answer();
    return !this.#machines.has(vmid);
  }

  #answer() {
    if (this.down) throw new Error('connect ECONNREFUSED');
  }
}
