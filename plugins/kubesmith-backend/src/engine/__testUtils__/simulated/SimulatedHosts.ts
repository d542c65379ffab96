import { randomBytes, randomUUID } from 'node:crypto';
import { formatMarker } from '../../../tools/proxmox/marker';
import { PveError } from '../../../tools/proxmox/PveError';
import type {
  PveGuestInterface,
  PveHost,
  PveVm,
  PveVmConfig,
} from '../../../tools/proxmox/types';

/** A machine of the simulated hosts. */
export interface SimulatedMachine {
  vmid: number;
  host: string;
  name: string;
  pool: string;
  description: string;
  uuid: string;
  address?: string;
  diskGiB: number;
  /** As it was resized to; of the others nobody asks. */
  vcpu?: number;
  isRunning: boolean;
  isBeingCloned: boolean;
  hostKey: string;
}

/** What a simulated clone is made of: a node of the variables of the root module. */
export interface SimulatedNode {
  host: string;
  vm_id: number;
  disk_gib: number;
  ipv4_address: string;
  smbios_uuid: string;
  operation_id: string;
}

/** A turn of the event loop: whatever else goes on may go on now. */
export const turn = () => new Promise<void>(resolve => setImmediate(resolve));

const HOSTS = ['pve1', 'pve2', 'pve3'];
const TEMPLATE = 9000;

/**
 * SIMULATED: Proxmox and the machines on it, in memory and without waiting. Speaks as `ProxmoxClient` does, as far as steps ask;
 * what Terraform's provider does to it is `clone`, `configure` and `start`.
 */
export class SimulatedHosts {
  readonly machines = new Map<number, SimulatedMachine>();
  /** Each VMID that a clone was begun for, in order. */
  readonly clones: number[] = [];
  /** Each VMID that was removed, in order. */
  readonly removals: number[] = [];
  /** So many calls from now on fail, one after the other. */
  failing = 0;

  // --- What the provider does ---------------------------------------------------------------------------------------

  async clone(clusterId: string, nodeName: string, node: SimulatedNode) {
    if (this.machines.has(node.vm_id))
      throw new Error(`HTTP 500: VM ${node.vm_id} already exists`);
    const machine: SimulatedMachine = {
      vmid: node.vm_id,
      host: node.host,
      name: nodeName,
      pool: 'kubesmith-research',
      description: formatMarker({
        clusterId,
        nodeName,
        operationId: node.operation_id,
      }),
      uuid: randomUUID(),
      diskGiB: 5,
      isRunning: false,
      isBeingCloned: true,
      hostKey: `ssh-ed25519 ${hostKeyBlob()}`,
    };
    this.machines.set(node.vm_id, machine);
    this.clones.push(node.vm_id);
    await turn();
    // Proxmox goes on, whatever becomes of who asked.
    machine.isBeingCloned = false;
  }

  async configure(node: SimulatedNode): Promise<void> {
    await turn();
    const machine = this.#machine(node.vm_id);
    machine.uuid = node.smbios_uuid;
    machine.diskGiB = node.disk_gib;
    machine.address = node.ipv4_address;
  }

  // --- What the portal asks -----------------------------------------------------------------------------------------

  async vms(): Promise<PveVm[]> {
    await this.#answer();
    const template = {
      vmid: TEMPLATE,
      name: 'template',
      node: HOSTS[0],
      status: 'stopped',
      template: true,
    };
    return [template, ...[...this.machines.values()].map(asListed)];
  }

  async hosts(): Promise<PveHost[]> {
    await this.#answer();
    return HOSTS.map(node => ({
      node,
      online: true,
      memoryTotal: 2 ** 38,
      memoryUsed: 0,
      memoryFree: 2 ** 38,
      cpus: 64,
    }));
  }

  async permissions() {
    await this.#answer();
    return { has: () => true };
  }

  async isFree(vmid: number): Promise<boolean> {
    await this.#answer();
    return !this.machines.has(vmid);
  }

  async vmConfig(_: string, vmid: number): Promise<PveVmConfig> {
    await this.#answer();
    const { name, description, uuid, diskGiB } = this.#machine(vmid);
    return {
      name,
      description,
      smbios1: `uuid=${uuid}`,
      scsi0: `shared-ssd:vm-${vmid}-disk-0,size=${diskGiB}G`,
    };
  }

  async vmStatus(_: string, vmid: number) {
    await this.#answer();
    const { isRunning, isBeingCloned } = this.#machine(vmid);
    return {
      status: isRunning ? 'running' : 'stopped',
      ...(isBeingCloned && { lock: 'clone' }),
    };
  }

  async volumes(_: string, __: string, vmid: number): Promise<string[]> {
    await this.#answer();
    return this.machines.has(vmid) ? [`vm-${vmid}-disk-0`] : [];
  }

  async setSize(_: string, vmid: number, size: { vcpu: number }) {
    await this.#answer();
    if (this.#machine(vmid).isRunning)
      throw new Error(`VM ${vmid} is running: its size would be pending`);
    this.#machine(vmid).vcpu = size.vcpu;
  }

  async resizeDisk(_: string, vmid: number, resize: { sizeGiB: number }) {
    await this.#answer();
    this.#machine(vmid).diskGiB = resize.sizeGiB;
    return upid(vmid);
  }

  async startVm(_: string, vmid: number) {
    await this.#answer();
    this.#machine(vmid).isRunning = true;
    return upid(vmid);
  }

  async shutdownVm(_: string, vmid: number) {
    await this.#answer();
    this.#machine(vmid).isRunning = false;
    return upid(vmid);
  }

  async stopVm(_: string, vmid: number) {
    return this.shutdownVm(_, vmid);
  }

  async setOnBoot(_: string, vmid: number) {
    await this.#answer();
    this.#machine(vmid);
  }

  async deleteVm(_: string, vmid: number) {
    await this.#answer();
    if (this.#machine(vmid).isRunning)
      throw new Error(`VM ${vmid} is running: it cannot be removed`);
    this.machines.delete(vmid);
    this.removals.push(vmid);
    return upid(vmid);
  }

  async waitForTask(id: string) {
    await this.#answer();
    return { upid: id, running: false, exitStatus: 'OK' };
  }

  async tasks() {
    await this.#answer();
    return [...this.machines.values()]
      .filter(({ isBeingCloned }) => isBeingCloned)
      .map(({ vmid }) => ({
        upid: upid(vmid),
        type: 'qmclone',
        id: String(vmid),
        running: true,
      }));
  }

  async agentAnswers(_: string, vmid: number): Promise<boolean> {
    await this.#answer();
    return this.#machine(vmid).isRunning;
  }

  async agentInterfaces(_: string, vmid: number): Promise<PveGuestInterface[]> {
    await this.#answer();
    const { address } = this.#machine(vmid);
    return [
      { name: 'eth0', macAddress: '', addresses: address ? [address] : [] },
    ];
  }

  async agentReadFile(_: string, vmid: number): Promise<string> {
    await this.#answer();
    return this.#machine(vmid).hostKey;
  }

  // ------------------------------------------------------------------------------------------------------------------

  #machine(vmid: number): SimulatedMachine {
    const found = this.machines.get(vmid);
    if (!found)
      throw new PveError({
        call: String(vmid),
        status: 500,
        message: `Configuration file 'nodes/pve1/qemu-server/${vmid}.conf' does not exist`,
        class: 'permanent',
      });
    return found;
  }

  async #answer(): Promise<void> {
    await turn();
    if (this.failing === 0) return;
    this.failing -= 1;
    throw new PveError({
      call: 'simulated',
      status: 596,
      message: 'HTTP 596: the simulated Proxmox does not answer',
      class: 'transient',
    });
  }
}

function asListed(machine: SimulatedMachine): PveVm {
  return {
    vmid: machine.vmid,
    name: machine.name,
    node: machine.host,
    status: machine.isRunning ? 'running' : 'stopped',
    pool: machine.pool,
    template: false,
    ...(machine.isBeingCloned && { lock: 'clone' }),
  };
}

function upid(vmid: number): string {
  return `UPID:pve1:00000000:${vmid}:simulated`;
}

/** A key in the wire format of SSH: type and 32 bytes, each with its length. */
function hostKeyBlob(): string {
  const type = Buffer.from('ssh-ed25519');
  const length = (n: number) => Buffer.from([0, 0, 0, n]);
  return Buffer.concat([
    length(type.length),
    type,
    length(32),
    randomBytes(32),
  ]).toString('base64');
}
