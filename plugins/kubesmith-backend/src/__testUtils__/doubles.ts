import type { Engine } from '../engine/Engine';
import type { EnvironmentConfig } from '../config/types';
import type { EnvironmentFinding } from '../environments/inspect';
import type { Hypervisor, MachineAddresses } from '../orders/Inventory';
import type { KubectlRunner } from '../tools/ssh/kubectl';

const GIB = 1024 ** 3;

/** A hypervisor that is a few variables: for tests of what is asked of it before something is reserved. */
export class InMemoryHypervisor implements Hypervisor {
  /** Machines that the token sees. */
  visible = new Set<number>([9000]);
  /** Machines that the token does not see. */
  hidden = new Set<number>();
  online = ['pve1', 'pve2', 'pve3'];
  down = false;
  /** Addresses of machines that the token sees. */
  addresses: MachineAddresses[] = [];
  /** Of each host. */
  memoryGiB = 256;
  /** Of the storage that all hosts share. */
  storageGiB = 10_000;

  async vms() {
    this.#answer();
    return [...this.visible].map(vmid => ({
      vmid,
      node: 'pve1',
      status: 'stopped',
      memoryMax: 4 * GIB,
      memoryUsed: 0,
    }));
  }

  async hosts() {
    this.#answer();
    return ['pve1', 'pve2', 'pve3'].map(node => ({
      node,
      online: this.online.includes(node),
      memoryTotal: this.memoryGiB * GIB,
      memoryUsed: 0,
    }));
  }

  async storages() {
    this.#answer();
    return ['pve1', 'pve2', 'pve3'].map(node => ({
      node,
      storage: 'shared-ssd',
      shared: true,
      total: this.storageGiB * GIB,
      used: 0,
    }));
  }

  async isFree(vmid: number) {
    this.#answer();
    return !this.visible.has(vmid) && !this.hidden.has(vmid);
  }

  async addressesInUse(except: Set<number>) {
    this.#answer();
    return this.addresses.filter(({ vmid }) => !except.has(vmid));
  }

  /** Only whether hosts are online: what else is looked at, the preflight's tests say. */
  async inspectEnvironment({
    proxmox,
  }: EnvironmentConfig): Promise<EnvironmentFinding[]> {
    this.#answer();
    return proxmox.hosts.map(host =>
      this.online.includes(host)
        ? { level: 'ok', text: `The host ${host} is online` }
        : {
            level: 'problem',
            text: `There is no host ${host}`,
            remedy: 'use the names that Proxmox shows',
          },
    );
  }

  #answer() {
    if (this.down) {
      throw new Error('connect ECONNREFUSED');
    }
  }
}

/** An engine that never works: operations stay as they were requested, or as a test sets them. */
export class IdleEngine implements Engine {
  woken = 0;
  well = true;
  start() {}
  async stop() {}
  wake() {
    this.woken += 1;
  }
  healthy() {
    return this.well;
  }
}

type Manifest = { kind: string; metadata: { name: string } };

/** A kubectl without a cluster: it remembers what it was told to apply and delete, and makes up tokens. */
export class FakeKubectlRunner implements KubectlRunner {
  readonly calls: Array<{ clusterId: string; argv: string[]; stdin?: string }> =
    [];
  readonly objects = new Set<string>();
  readonly tokens: string[] = [];
  /** kubectl verbs that fail, with their exit code. */
  readonly failing = new Map<string, number>();
  unreachable = false;
  /** The nodes that clusters say that they have: name to kubelet version. */
  readonly nodes = new Map<string, { version: string; ready?: boolean }>();

  run: KubectlRunner['run'] = async (clusterId, argv, { stdin }) => {
    this.calls.push({ clusterId, argv, stdin });
    if (this.unreachable) {
      throw new Error('The control plane did not answer');
    }
    const code = this.failing.get(argv[0]);
    if (code !== undefined) {
      return { code, stdout: '', stderr: 'error: this one fails' };
    }
    if (argv[0] === 'apply' || argv[0] === 'delete') {
      for (const { kind, metadata } of JSON.parse(stdin!).items as Manifest[]) {
        const name = `${kind}/${metadata.name}`;
        if (argv[0] === 'apply') {
          this.objects.add(name);
        } else {
          this.objects.delete(name);
        }
      }
      return { code: 0, stdout: '', stderr: '' };
    }
    if (argv[0] === 'get' && argv[1] === 'nodes') {
      const items = [...this.nodes].map(
        ([name, { ready = true, version }]) => ({
          metadata: { name },
          status: {
            conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
            nodeInfo: { kubeletVersion: `v${version}` },
          },
        }),
      );
      return { code: 0, stdout: JSON.stringify({ items }), stderr: '' };
    }
    if (argv[0] === 'create' && argv[1] === 'token') {
      const seconds = Number.parseInt(argv[argv.indexOf('--duration') + 1], 10);
      const token = `canary-token-${this.tokens.length}`;
      this.tokens.push(token);
      const expirationTimestamp = new Date(
        Date.now() + seconds * 1000,
      ).toISOString();
      return {
        code: 0,
        stdout: JSON.stringify({ status: { token, expirationTimestamp } }),
        stderr: '',
      };
    }
    throw new Error(`The fake kubectl does not know '${argv.join(' ')}'`);
  };
}
