/**
 * Hosts that exist only in memory, for tests of the API double: they have a power state and answer as guest agents, from
 * their cloud-init data. There is nothing to log in to; the lab itself uses real hosts.
 */
import {
  GuestAgentNotRunning,
  type GuestAgent,
  type GuestInterface,
  type HostDriver,
  type HostSpec,
} from '../../hosts/types.ts';

export class InMemoryHostDriver implements HostDriver {
  readonly hosts = new Map<number, { spec: HostSpec; running: boolean }>();
  /** Files that every host has, by path. */
  readonly files = new Map<string, string>();

  async create(spec: HostSpec): Promise<void> {
    if (!this.hosts.has(spec.vmid)) {
      this.hosts.set(spec.vmid, { spec, running: false });
    }
  }

  async start(spec: HostSpec): Promise<void> {
    if (!this.hosts.has(spec.vmid)) throw new Error(`no host ${spec.vmid}`);
    this.hosts.set(spec.vmid, { spec, running: true });
  }

  async shutdown(vmid: number, _timeoutSeconds: number): Promise<void> {
    await this.stop(vmid);
  }

  async stop(vmid: number): Promise<void> {
    const host = this.hosts.get(vmid);
    if (host) host.running = false;
  }

  async remove(vmid: number): Promise<void> {
    this.hosts.delete(vmid);
  }

  /** Names of the snapshots of each host; there are no disks. */
  readonly snapshots = new Map<number, Set<string>>();

  async snapshot(vmid: number, name: string): Promise<void> {
    const names = this.snapshots.get(vmid) ?? new Set();
    this.snapshots.set(vmid, names.add(name));
  }

  async rollback(vmid: number, name: string): Promise<void> {
    if (!this.snapshots.get(vmid)?.has(name))
      throw new Error(`no snapshot ${name} of host ${vmid}`);
    if (await this.isRunning(vmid)) throw new Error(`host ${vmid} runs`);
  }

  async removeSnapshot(vmid: number, name: string): Promise<void> {
    this.snapshots.get(vmid)?.delete(name);
  }

  async isRunning(vmid: number): Promise<boolean> {
    return this.hosts.get(vmid)?.running ?? false;
  }

  async list(): Promise<number[]> {
    return [...this.hosts.keys()];
  }

  agent(vmid: number): GuestAgent {
    const running = async (): Promise<HostSpec> => {
      const host = this.hosts.get(vmid);
      if (!host?.running) throw new GuestAgentNotRunning();
      return host.spec;
    };
    return {
      ping: async () => {
        await running();
      },
      interfaces: async () => {
        const spec = await running();
        const [address, prefix] = (spec.cloudInit.address ?? '').split('/');
        const assigned: GuestInterface['addresses'] = address
          ? [{ type: 'ipv4', address, prefix: Number(prefix) }]
          : [];
        return [
          {
            name: 'lo',
            hardwareAddress: '00:00:00:00:00:00',
            addresses: [{ type: 'ipv4', address: '127.0.0.1', prefix: 8 }],
          },
          {
            name: 'eth0',
            hardwareAddress: spec.macAddress,
            addresses: assigned,
          },
        ];
      },
      readFile: async path => {
        await running();
        const content = this.files.get(path);
        if (content === undefined) {
          throw new Error(`ENOENT: no such file or directory, open '${path}'`);
        }
        return Buffer.from(content);
      },
      osInfo: async () => {
        await running();
        return { id: 'debian', name: 'Debian GNU/Linux', 'version-id': '12' };
      },
      hostname: async () => (await running()).cloudInit.hostname,
    };
  }
}
