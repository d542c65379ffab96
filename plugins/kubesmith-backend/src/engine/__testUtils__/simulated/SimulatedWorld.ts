import { randomUUID } from 'node:crypto';
import type { OperationKind } from '@kubesmith/plugin-kubesmith-common';
import { mockServices } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { operationDefinitions } from '../../../operations/definitions';
import type { MachineSize, NodeRecord } from '../../../database/records';
import type { ScaleWish } from '../../../operations/requests/scale/planScale';
import { SSH_KEY_SECRET } from '../../../orders/clusterKeys';
import { Redactor } from '../../../secrets/Redactor';
import type { LabProxmox } from '../../../steps/__testUtils__/LabProxmox';
import { Workbench } from '../../../steps/__testUtils__/workbench';
import type { StepServices } from '../../../steps/services';
import type { ProxmoxClient } from '../../../tools/proxmox/ProxmoxClient';
import type { SshPool } from '../../../tools/ssh/SshPool';
import { WorkspaceStore } from '../../../workspaces/WorkspaceStore';
import { noMetrics } from '../../metrics';
import { OperationRunner } from '../../OperationRunner';
import { bindLease } from '../../stop';
import type { EngineDatabase } from '../engineDatabase';
import { requestScale } from '../crash/requestScale';
import { brokenInvariants } from '../invariants';
import { SimulatedHosts } from './SimulatedHosts';
import { simulatedKubectl } from './simulatedKubectl';
import { SimulatedPlace } from './SimulatedPlace';
import { MortalStore, SimulatedProcess } from './SimulatedProcess';
import type { ToolScene } from './simulatedTools';

/** Calls of Proxmox that change something. */
const CHANGES =
  /^(resizeDisk|setSize|startVm|shutdownVm|stopVm|setOnBoot|deleteVm)$/;
const LEASE_MS = 60_000;
/** Orders take theirs in a row. */
const IDS_OF_ORDERS = Array.from(
  { length: 5000 },
  (_, index) => 20_000 + index,
);

/** The services of a simulated process, with what `terraformOf` and `ansibleOf` of the test take. */
export type SimulatedServices = StepServices & { tools: ToolScene };

/**
 * SIMULATED: hosts, Terraform and Ansible in memory, processes that die at any moment, on two places. Real are the records, the
 * journal, leases and fencing, the runner, and every step of every operation.
 */
export class SimulatedWorld {
  readonly db: EngineDatabase;
  readonly hosts = new SimulatedHosts();
  readonly violations: string[] = [];
  readonly places: SimulatedPlace[];
  readonly #bench: Workbench;
  readonly #needles: string[] = [];

  private constructor(bench: Workbench) {
    this.#bench = bench;
    this.db = bench.db;
    this.places = ['a', 'b'].map(
      name => new SimulatedPlace(name, this.violations),
    );
  }

  /** @param folder - an empty folder of the test's own */
  static async create(knex: Knex, folder: string): Promise<SimulatedWorld> {
    const nowhere = {
      connection: {
        endpoint: 'https://127.0.0.1:1',
        tokenId: 'simulated@pve!none',
        tokenSecret: 'none',
      },
    } as Partial<LabProxmox> as LabProxmox;
    return new SimulatedWorld(
      await Workbench.create(knex, nowhere, { dataDirectory: folder }),
    );
  }

  /** A reserved cluster with keys and addresses, and the operation that creates it. */
  async order(name: string) {
    const ordered = await this.#bench.order(name);
    const key = await this.#bench.services.secrets.get(
      ordered.clusterId,
      SSH_KEY_SECRET,
    );
    this.#needles.push(...key!.toString('utf8').split('\n').slice(2, 4));
    return ordered;
  }

  /** Requests an operation; a deletion cancels what goes on. */
  async request(
    clusterId: string,
    kind: OperationKind,
    input: Record<string, unknown> = {},
  ): Promise<string> {
    const { clusters, knex, operations } = this.db;
    const id = randomUUID();
    const { phase } = (await clusters.get(clusterId))!;
    if (kind === 'delete') {
      await clusters.update(clusterId, { phase: 'deleting' });
      for (const live of await operations.live(clusterId))
        await operations.requestCancel(live.id);
    }
    await knex.transaction(tx =>
      operations.insert(tx, {
        id,
        clusterId,
        kind,
        initiator: 'user:default/student-1',
        input: { phaseBefore: phase, ...input },
      }),
    );
    return id;
  }

  /** Requests that there be so many workers. Machine ids are never given again, so that every clone can be told from others. */
  async scale(clusterId: string, wish: ScaleWish): Promise<string> {
    const given: { vmid: number }[] = await this.db
      .knex('nodes')
      .select('vmid');
    return requestScale(this.#bench, clusterId, wish, {
      vmids: new Set([...IDS_OF_ORDERS, ...given.map(({ vmid }) => vmid)]),
      foreignAddresses: [],
    });
  }

  /** Requests that these nodes become a size. */
  async resize(
    clusterId: string,
    nodes: NodeRecord[],
    size: MachineSize,
  ): Promise<string> {
    const { clusters, knex } = this.db;
    await knex.transaction(async tx => {
      for (const { diskGiB, name } of nodes)
        await clusters.wantSize(tx, clusterId, name, {
          ...size,
          diskGiB: Math.max(diskGiB, size.diskGiB),
        });
    });
    const named = (role: NodeRecord['role']) =>
      nodes.filter(node => node.role === role).map(({ name }) => name);
    return this.request(clusterId, 'resize', {
      size: 'simulated',
      workers: named('worker'),
      controlPlanes: named('control-plane'),
    });
  }

  /**
   * One process works on whatever is due, until nothing is, it dies, or it is told to stop.
   *
   * @returns where it died; undefined when it lives
   */
  async work(options: {
    lifetime: number;
    place: SimulatedPlace;
  }): Promise<string | undefined> {
    const process = new SimulatedProcess(options.lifetime);
    const store = new MortalStore(this.db.knex, process);
    const services = this.#services(process, store, options.place);
    const runner = new OperationRunner<StepServices>({
      definitions: operationDefinitions,
      services,
      operations: store,
      clusters: this.db.clusters,
      logger: mockServices.logger.mock(),
      metrics: noMetrics,
      redact: text => services.redactor.redact(text),
      onClusterChanged: () => {},
    });
    const alive = async () => {
      for (;;) {
        const lease = await store.claim({
          owner: 'simulated',
          leaseMs: LEASE_MS,
        });
        if (!lease) return;
        const controller = new AbortController();
        bindLease(controller.signal, () => lease.certainUntil);
        await runner.run(lease, controller.signal);
      }
    };
    await Promise.race([alive(), process.death]);
    if (process.isAlive) return undefined;
    // A transaction that it had begun ends first: there is one connection.
    await this.db
      .knex('operations')
      .whereNotNull('lease_until')
      .update({ lease_until: 1 });
    return process.diedAt;
  }

  /** What is wrong now, by the numbers of the invariants. */
  async problems(): Promise<string[]> {
    const broken = await brokenInvariants(this.db.knex, {
      machines: this.hosts.machines,
      needles: this.#needles,
    });
    return [...this.violations, ...broken];
  }

  /** Cuts pauses between attempts short. */
  async hurry(): Promise<void> {
    await this.db
      .knex('operations')
      .where({ status: 'waiting' })
      .update({ next_attempt_at: 0 });
  }

  #services(
    process: SimulatedProcess,
    store: MortalStore,
    place: SimulatedPlace,
  ): SimulatedServices {
    const { clusters, knex } = this.db;
    const others = this.places.filter(other => other !== place);
    return {
      ...this.#bench.services,
      // As in every new process: one that knew the secrets of hundreds of clusters would be slow.
      redactor: new Redactor(),
      operations: store,
      proxmox: process.reach(this.hosts, CHANGES) as unknown as ProxmoxClient,
      kubectl: process.reach(simulatedKubectl(clusters, this.hosts), /^$/),
      ssh: process.reach(
        {
          exec: async (_: unknown, command: string) => ({
            stdout: command.startsWith('date')
              ? `${Math.floor(Date.now() / 1000)}`
              : '',
            stderr: '',
            code: 0,
          }),
          closeCluster() {},
        },
        /^$/,
      ) as unknown as SshPool,
      workspaces: new WorkspaceStore(knex, {
        place: async () => place.name,
        endMs: 0,
      }),
      tools: { hosts: this.hosts, place, others, process },
    };
  }
}
