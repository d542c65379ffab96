import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EnvironmentConfig } from '../../../config/types';
import type { ClusterRecord, NodeRecord } from '../../../database/records';
import { StepError } from '../../../engine/failures';
import { AnsibleWorkspace } from '../AnsibleWorkspace';
import type { AnsibleEvent } from '../events';
import { clusterInventory } from '../inventory';
import { HostileNode, type Misbehaviour } from './HostileNode';

const ROOT = resolve(__dirname, '../../../../../../ansible');
const SAMPLE_MS = 100;

/** The real playbook, with the real Ansible, on a {@link HostileNode}. */
export class HostilePlaybook {
  readonly node = new HostileNode();
  readonly events: AnsibleEvent[] = [];
  /** The most that one of Ansible's processes had in memory, in MiB. */
  peakMiB = 0;
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<HostilePlaybook> {
    const folder = await mkdtemp(join(tmpdir(), 'ks-hostile-'));
    const playbook = new HostilePlaybook(folder);
    await playbook.node.listen();
    return playbook;
  }

  async remove(): Promise<void> {
    await this.node.close();
    await rm(this.#folder, { recursive: true });
  }

  /** A file that nothing makes, unless it evaluates what the node says. */
  get canary(): string {
    return join(this.#folder, 'canary');
  }

  /** Template text that makes the canary file. */
  get template(): string {
    return `{{ lookup('ansible.builtin.pipe', 'touch ${this.canary}') }}`;
  }

  /** Whether something made a file that is not of a playbook's run. */
  async canaries(): Promise<string[]> {
    return (await readdir(this.#folder)).filter(name => name !== 'cluster');
  }

  /** Runs the playbook to its failure. */
  async fail(
    misbehave: Misbehaviour,
    knownHosts = this.node.knownHosts,
  ): Promise<StepError> {
    this.node.misbehave = misbehave;
    const inventory = this.#inventory();
    const workspace = new AnsibleWorkspace({
      directory: join(this.#folder, 'cluster'),
      program: 'ansible-playbook',
      root: ROOT,
    });
    let running = true;
    const sampling = (async () => {
      while (running) {
        await this.#sample();
        await delay(SAMPLE_MS);
      }
    })();
    try {
      const error = await workspace
        .run(
          {
            inventory,
            privateKey: this.node.clientKey.private,
            knownHosts,
            user: 'kubesmith',
            forks: 5,
          },
          {
            signal: new AbortController().signal,
            onEvent: event => this.events.push(event),
          },
        )
        .catch(reason => reason);
      if (!(error instanceof StepError))
        throw new Error(`Ended with ${error}, and not with a failure`);
      return error;
    } finally {
      running = false;
      await sampling;
    }
  }

  #inventory(): Record<string, unknown> {
    const inventory = clusterInventory({
      cluster: {
        id: 'c1',
        name: 'demo',
        vip: '10.40.19.200',
        everReady: false,
        spec: { kubernetesVersion: '1.36.3', cni: 'kube-router' },
      } as ClusterRecord,
      nodes: [
        {
          name: 'demo-cp-1',
          role: 'control-plane',
          ipAddress: '127.0.0.1',
        } as NodeRecord,
      ],
      environment: {
        pool: { prefixLength: 24 },
        nodeOverrides: {},
      } as unknown as EnvironmentConfig,
      operationId: '0b7d0000-0000-4000-8000-000000000002',
      kubectlPublicKey: 'ssh-ed25519 AAAA',
    });
    (inventory.all as any).vars.ansible_port = this.node.port;
    return inventory;
  }

  async #sample(): Promise<void> {
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      const read = (name: string) =>
        readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => ''); // It is gone.
      if (!(await read('cmdline')).includes(this.#folder)) continue;
      const match = /^VmRSS:\s+(\d+) kB/m.exec(await read('status'));
      if (match) this.peakMiB = Math.max(this.peakMiB, Number(match[1]) / 1024);
    }
  }
}

/** What the probe finds on a machine on which nothing was done yet, but for what a test changes. */
export function probeResult(change: object = {}): object {
  return {
    changed: false,
    stage: {},
    stamped: false,
    traces: [],
    kubelet_conf: false,
    admin_conf: false,
    super_admin_conf: false,
    attached: [],
    step: null,
    versions: {
      kubelet: '1.36.3',
      kubeadm: '1.36.3',
      kubectl: '1.36.3',
      containerd: '2.1.4',
    },
    services: {},
    missing_packages: [],
    machine_id: 'x',
    os: { id: 'debian', version: '12', like: '' },
    swap: false,
    kubectl_user: true,
    api: {},
    decision: 'init',
    reason: '',
    ...change,
  };
}
