import { setTimeout as delay } from 'node:timers/promises';
import { addressesInUse } from './addressesInUse';
import { asList, asObject, optional, text } from './answers';
import {
  type PveCallOptions,
  PveConnection,
  type PveConnectionOptions,
  type PveParameters,
} from './PveConnection';
import { classifyAnswer, PveError } from './PveError';
import type {
  PveGuest,
  PveGuestInterface,
  PveHost,
  PveStorage,
  PveTask,
  PveVm,
  PveVmConfig,
} from './types';

/** The calls of the Proxmox VE API that we make ourselves, beside Terraform's provider; see {@link PveConnection}. */
export class ProxmoxClient {
  readonly #connection: PveConnection;

  private constructor(connection: PveConnection) {
    this.#connection = connection;
  }

  /** Reads the CA and prepares connections; none is made yet. */
  static async create(options: PveConnectionOptions): Promise<ProxmoxClient> {
    return new ProxmoxClient(await PveConnection.create(options));
  }

  /** Waits for calls under way, then closes all connections. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** All virtual machines that the token may see. One that is missing may also just be hidden from it. */
  async vms(options?: PveCallOptions): Promise<PveVm[]> {
    const rows = asList(
      await this.#connection.get('/cluster/resources', { type: 'vm' }, options),
    );
    return rows
      .filter(row => row.type === 'qemu' || row.type === undefined)
      .map(row => ({
        vmid: Number(row.vmid),
        name: text(row.name),
        node: text(row.node),
        status: text(row.status),
        pool: optional(row.pool),
        tags: optional(row.tags),
        template: Number(row.template ?? 0) === 1,
        lock: optional(row.lock),
        memoryMax: amount(row.maxmem),
        memoryUsed: amount(row.mem),
      }));
  }

  /** The storages that the token may see, once for each host; those that answer only. */
  async storages(options?: PveCallOptions): Promise<PveStorage[]> {
    const rows = asList(
      await this.#connection.get(
        '/cluster/resources',
        { type: 'storage' },
        options,
      ),
    );
    return rows
      .filter(
        // A host that is down says nothing, or that there is no space at all.
        row => row.status === 'available' && amount(row.maxdisk) > 0,
      )
      .map(row => ({
        node: text(row.node),
        storage: text(row.storage),
        shared: Number(row.shared ?? 0) === 1,
        total: amount(row.maxdisk),
        used: amount(row.disk),
      }));
  }

  /** All machines and containers that the token may see. */
  async guests(options?: PveCallOptions): Promise<PveGuest[]> {
    const rows = asList(
      await this.#connection.get('/cluster/resources', { type: 'vm' }, options),
    );
    return rows.map(row => ({
      kind: row.type === 'lxc' ? 'lxc' : 'qemu',
      vmid: Number(row.vmid),
      node: text(row.node),
      status: text(row.status),
      template: Number(row.template ?? 0) === 1,
    }));
  }

  /** The configuration of a machine or a container. */
  async guestConfig(
    { kind, node, vmid }: Pick<PveGuest, 'kind' | 'node' | 'vmid'>,
    options?: PveCallOptions,
  ): Promise<PveVmConfig> {
    return asObject(
      await this.#connection.get(
        `/nodes/${node}/${kind}/${vmid}/config`,
        {},
        options,
      ),
    ) as PveVmConfig;
  }

  /** See {@link addressesInUse}. */
  async addressesInUse(except: Set<number>) {
    return addressesInUse(this, except);
  }

  async hosts(options?: PveCallOptions): Promise<PveHost[]> {
    return asList(await this.#connection.get('/nodes', {}, options)).map(
      row => {
        const memoryTotal = amount(row.maxmem);
        const memoryUsed = amount(row.mem);
        return {
          node: text(row.node),
          online: row.status === 'online',
          memoryTotal,
          memoryUsed,
          memoryFree: memoryTotal - memoryUsed,
          cpus: Number(row.maxcpu ?? 0),
        };
      },
    );
  }

  /** The token's own privileges on one path, as far as Proxmox lists them. */
  async permissions(
    path: string,
    options?: PveCallOptions,
  ): Promise<Set<string>> {
    const answer = asObject(
      await this.#connection.get('/access/permissions', { path }, options),
    );
    const granted = asObject(answer[path]);
    return new Set(
      Object.keys(granted).filter(name => granted[name] !== undefined),
    );
  }

  /** Whether a VMID is free, counting machines that are hidden from the token. */
  async isFree(vmid: number, options?: PveCallOptions): Promise<boolean> {
    try {
      await this.#connection.get('/cluster/nextid', { vmid }, options);
      return true;
    } catch (error) {
      if (error instanceof PveError && error.status === 400) return false;
      throw error;
    }
  }

  async vmConfig(
    node: string,
    vmid: number,
    options?: PveCallOptions,
  ): Promise<PveVmConfig> {
    return asObject(
      await this.#connection.get(
        `/nodes/${node}/qemu/${vmid}/config`,
        {},
        options,
      ),
    ) as PveVmConfig;
  }

  async vmStatus(
    node: string,
    vmid: number,
    options?: PveCallOptions,
  ): Promise<{ status: string; lock?: string }> {
    const row = asObject(
      await this.#connection.get(
        `/nodes/${node}/qemu/${vmid}/status/current`,
        {},
        options,
      ),
    );
    return { status: text(row.status), lock: optional(row.lock) };
  }

  /** Volumes that belong to a VMID on one storage; also those of a machine that is gone. */
  async volumes(
    node: string,
    storage: string,
    vmid: number,
    options?: PveCallOptions,
  ): Promise<string[]> {
    const rows = asList(
      await this.#connection.get(
        `/nodes/${node}/storage/${storage}/content`,
        { vmid },
        options,
      ),
    );
    return rows
      .filter(row => Number(row.vmid) === vmid)
      .map(row => text(row.volid));
  }

  /** Grows a disk to a size, in GiB. Returns the task's UPID. */
  async resizeDisk(
    node: string,
    vmid: number,
    resize: { disk: string; sizeGiB: number },
    options?: PveCallOptions,
  ): Promise<string> {
    const parameters = { disk: resize.disk, size: `${resize.sizeGiB}G` };
    return text(
      await this.#connection.call(
        'PUT',
        `/nodes/${node}/qemu/${vmid}/resize`,
        parameters,
        options,
      ),
    );
  }

  /** Starts a machine. Returns the task's UPID. */
  async startVm(
    node: string,
    vmid: number,
    options?: PveCallOptions,
  ): Promise<string> {
    return text(
      await this.#connection.call(
        'POST',
        `/nodes/${node}/qemu/${vmid}/status/start`,
        {},
        options,
      ),
    );
  }

  /** Asks the system in a machine to shut down. Returns the task's UPID; the task fails when the system takes longer. */
  async shutdownVm(
    node: string,
    vmid: number,
    limitSeconds: number,
    options?: PveCallOptions,
  ): Promise<string> {
    return text(
      await this.#connection.call(
        'POST',
        `/nodes/${node}/qemu/${vmid}/status/shutdown`,
        { timeout: limitSeconds },
        options,
      ),
    );
  }

  /** Sets processors and memory (MiB) of a machine; one that runs has them after its next start. */
  async setSize(
    node: string,
    vmid: number,
    { memoryMiB, vcpu }: { memoryMiB: number; vcpu: number },
    options?: PveCallOptions,
  ): Promise<void> {
    await this.#connection.call(
      'PUT',
      `/nodes/${node}/qemu/${vmid}/config`,
      { cores: vcpu, memory: memoryMiB },
      options,
    );
  }

  /** Sets whether a machine starts together with its host. */
  async setOnBoot(
    node: string,
    vmid: number,
    onBoot: boolean,
    options?: PveCallOptions,
  ): Promise<void> {
    await this.#connection.call(
      'PUT',
      `/nodes/${node}/qemu/${vmid}/config`,
      { onboot: onBoot ? 1 : 0 },
      options,
    );
  }

  /** Cuts the power. Returns the task's UPID. */
  async stopVm(
    node: string,
    vmid: number,
    options?: PveCallOptions,
  ): Promise<string> {
    return text(
      await this.#connection.call(
        'POST',
        `/nodes/${node}/qemu/${vmid}/status/stop`,
        {},
        options,
      ),
    );
  }

  /** The names of a machine's snapshots that are whole. */
  async snapshots(
    node: string,
    vmid: number,
    options?: PveCallOptions,
  ): Promise<Set<string>> {
    const rows = asList(
      await this.#connection.get(
        `/nodes/${node}/qemu/${vmid}/snapshot`,
        {},
        options,
      ),
    );
    return new Set(
      rows
        .filter(row => row.name !== 'current' && row.snapstate === undefined)
        .map(row => text(row.name)),
    );
  }

  /** Takes a snapshot of a machine, without its memory. Returns the task's UPID. */
  async takeSnapshot(
    node: string,
    vmid: number,
    snapshot: { name: string; description: string },
    options?: PveCallOptions,
  ): Promise<string> {
    return text(
      await this.#connection.call(
        'POST',
        `/nodes/${node}/qemu/${vmid}/snapshot`,
        { snapname: snapshot.name, description: snapshot.description },
        options,
      ),
    );
  }

  /** Gives a machine the disks and the configuration of a snapshot; it is off afterwards. Returns the task's UPID. */
  async rollBack(
    node: string,
    vmid: number,
    name: string,
    options?: PveCallOptions,
  ): Promise<string> {
    return text(
      await this.#connection.call(
        'POST',
        `/nodes/${node}/qemu/${vmid}/snapshot/${name}/rollback`,
        {},
        options,
      ),
    );
  }

  /** Removes a snapshot of a machine. Returns the task's UPID. */
  async removeSnapshot(
    node: string,
    vmid: number,
    name: string,
    options?: PveCallOptions,
  ): Promise<string> {
    return text(
      await this.#connection.call(
        'DELETE',
        `/nodes/${node}/qemu/${vmid}/snapshot/${name}`,
        {},
        options,
      ),
    );
  }

  /** Removes a stopped machine with all its disks. Returns the task's UPID. */
  async deleteVm(
    node: string,
    vmid: number,
    options?: PveCallOptions,
  ): Promise<string> {
    return text(
      await this.#connection.call(
        'DELETE',
        `/nodes/${node}/qemu/${vmid}`,
        { purge: 1, 'destroy-unreferenced-disks': 1 },
        options,
      ),
    );
  }

  async task(upid: string, options?: PveCallOptions): Promise<PveTask> {
    const [, node] = upid.split(':');
    const row = asObject(
      await this.#connection.get(
        `/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`,
        {},
        options,
      ),
    );
    return {
      upid,
      node,
      type: text(row.type),
      id: text(row.id),
      running: row.status !== 'stopped',
      exitStatus: optional(row.exitstatus),
      startTime: Number(row.starttime ?? 0),
    };
  }

  /** Waits for a task; fails with the task's own words unless it ended well. */
  async waitForTask(
    upid: string,
    options: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<PveTask> {
    const deadline = performance.now() + options.timeoutMs;
    for (;;) {
      const task = await this.task(upid, options);
      if (!task.running) {
        if (task.exitStatus === 'OK' || task.exitStatus?.startsWith('WARNINGS'))
          return task;
        throw new PveError({
          call: `task ${task.type}`,
          status: 500,
          message: task.exitStatus ?? 'no exit status',
          class: classifyAnswer(500, task.exitStatus ?? '', 'GET'),
        });
      }
      if (performance.now() > deadline) {
        throw new PveError({
          call: `task ${task.type}`,
          message: `the task ${task.type} still runs`,
          class: 'ambiguous',
        });
      }
      await delay(500, undefined, { signal: options.signal });
    }
  }

  /** Recent tasks of the whole Proxmox cluster. */
  async tasks(options?: PveCallOptions): Promise<PveTask[]> {
    return asList(
      await this.#connection.get('/cluster/tasks', {}, options),
    ).map(row => ({
      upid: text(row.upid),
      node: text(row.node),
      type: text(row.type),
      id: text(row.id),
      running: row.endtime === undefined,
      // In this list `status` is the exit status.
      exitStatus: row.endtime === undefined ? undefined : optional(row.status),
      startTime: Number(row.starttime ?? 0),
    }));
  }

  /** Whether the guest agent answers. Fails only when that could not be asked. */
  async agentAnswers(
    node: string,
    vmid: number,
    options?: PveCallOptions,
  ): Promise<boolean> {
    try {
      await this.#connection.call(
        'POST',
        `/nodes/${node}/qemu/${vmid}/agent/ping`,
        {},
        options,
      );
      return true;
    } catch (error) {
      if (error instanceof PveError && error.status === 500) return false;
      throw error;
    }
  }

  async agentInterfaces(
    node: string,
    vmid: number,
    options?: PveCallOptions,
  ): Promise<PveGuestInterface[]> {
    const answer = asObject(
      await this.#connection.get(
        `/nodes/${node}/qemu/${vmid}/agent/network-get-interfaces`,
        {},
        options,
      ),
    );
    return asList(answer.result).map(row => ({
      name: text(row.name),
      macAddress: text(row['hardware-address']).toUpperCase(),
      addresses: asList(row['ip-addresses']).map(address =>
        text(address['ip-address']),
      ),
    }));
  }

  /** The text of a small file in the guest. What comes back was written by the node: data, never to be trusted. */
  async agentReadFile(
    node: string,
    vmid: number,
    file: string,
    options?: PveCallOptions,
  ): Promise<string> {
    const answer = asObject(
      await this.#connection.get(
        `/nodes/${node}/qemu/${vmid}/agent/file-read`,
        { file },
        options,
      ),
    );
    return text(answer.content);
  }

  /** The data of any other GET, as Proxmox answers it. */
  async read(
    path: string,
    parameters: PveParameters = {},
    options?: PveCallOptions,
  ): Promise<unknown> {
    return this.#connection.get(path, parameters, options);
  }
}

/** Bytes; 0 for what is none. */
function amount(value: unknown): number {
  const number = Number(value ?? 0);
  return Number.isFinite(number) && number > 0 ? number : 0;
}
