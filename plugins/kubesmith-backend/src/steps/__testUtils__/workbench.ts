import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import { mockServices } from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { BackupStore } from '../../backups/BackupStore';
import { RoomStore } from '../../capacity/RoomStore';
import type { EnvironmentConfig, KubesmithConfig } from '../../config/types';
import {
  defineOperation,
  type OperationDefinition,
  type StepAction,
} from '../../engine/definitions';
import { createEngineLoop, type Engine } from '../../engine/Engine';
import { noMetrics } from '../../engine/metrics';
import type { OperationRecord } from '../../engine/records';
import {
  engineDatabase,
  type EngineDatabase,
  eventually,
} from '../../engine/__testUtils__/engineDatabase';
import { operationDefinitions } from '../../operations/definitions';
import { PoolStore } from '../../pools/PoolStore';
import { Redactor } from '../../secrets/Redactor';
import { SecretStore } from '../../secrets/SecretStore';
import { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import type { SshPool } from '../../tools/ssh/SshPool';
import { TerraformRuntime } from '../../tools/terraform/TerraformRuntime';
import { keyPair } from '../../tools/ssh/__testUtils__/keyPair';
import { GrantStore } from '../../grants/GrantStore';
import { SnapshotStore } from '../../snapshots/SnapshotStore';
import { placeOf } from '../../workspaces/place';
import { WorkspaceStore } from '../../workspaces/WorkspaceStore';
import { createMachines } from '../machines/createMachines';
import { fixedEnvironments } from '../../environments/__testUtils__/fixedEnvironments';
import type { StepServices } from '../services';
import { simulatedKubectl } from '../../engine/__testUtils__/crash/simulatedKubectl';
import { cliConfigFile, describeWithTerraform } from './describeWithTerraform';
import {
  type SimulatedGuests,
  simulatedShell,
  wellGuests,
} from './simulatedGuest';
import type { LabProxmox } from './LabProxmox';

export { cliConfigFile, describeWithTerraform };

const ROOT = resolvePackagePath('@kubesmith/plugin-kubesmith-backend', '../..');

/** An attempt may look for somebody else's machine for 12 s, and Terraform takes its time on a busy machine. */
const PAUSE_LIMIT_MS = 180_000;
const FINISH_LIMIT_MS = 600_000;

/** Where the workbench's clusters live. */
export const environment: EnvironmentConfig = {
  name: 'research',
  title: 'Research',
  owner: 'group:default/instructors',
  members: [],
  pool: {
    name: 'lab',
    cidr: '10.40.19.0/24',
    prefixLength: 24,
    first: '10.40.19.201',
    last: '10.40.19.253',
    gateway: '10.40.19.254',
    dnsServers: ['10.40.19.254'],
    quarantineMs: 0,
  },
  proxmox: {
    pool: 'kubesmith-research',
    hosts: ['pve1', 'pve2', 'pve3'],
    templateVmid: 9000,
    templateHost: 'pve1',
    datastore: 'shared-ssd',
    bridge: 'vmbr0',
    vmids: { first: 20_000, last: 29_999 },
  },
  sizes: [],
  kubernetesVersions: ['1.36.3'],
  cni: 'kube-router',
  maxWorkers: 19,
  leaseDays: 90,
  maxLeaseDays: 360,
  graceDays: 7,
  nodeOverrides: {
    kubelet: {},
    kube_proxy: {},
    kubeadm: { ignore_preflight_errors: [] },
    containerd: { restrict_oom_score_adj: false },
    mirrors: { apt_kubernetes: null },
  },
};

/**
 * The engine with the real steps for machines, real Terraform with the real provider, and the API double. What needs a real
 * host is simulated: logging in succeeds, and the steps between `machines` and the end of a creation do nothing, nor does
 * `kubernetes` of scaling.
 */
export class Workbench {
  readonly db: EngineDatabase;
  readonly pools: PoolStore;
  readonly services: StepServices;
  readonly dataDirectory: string;
  /** What its nodes say over SSH; {@link Workbench.reset} makes them well again. */
  readonly guests: SimulatedGuests;
  #engine?: Engine;

  private constructor(
    db: EngineDatabase,
    pools: PoolStore,
    services: StepServices,
    dataDirectory: string,
    guests: SimulatedGuests,
  ) {
    this.guests = guests;
    this.db = db;
    this.pools = pools;
    this.services = services;
    this.dataDirectory = dataDirectory;
  }

  /** @param options - `dataDirectory`: an empty folder of the test's own */
  static async create(
    knex: Knex,
    lab: LabProxmox,
    options: { dataDirectory?: string } = {},
  ): Promise<Workbench> {
    const db = await engineDatabase(knex);
    const pools = new PoolStore(knex);
    await pools.configure([environment.pool]);
    const dataDirectory =
      options.dataDirectory ??
      (await mkdtemp(join(tmpdir(), 'kubesmith-data-')));
    const program = process.env.KUBESMITH_TEST_TERRAFORM ?? 'terraform';
    const terraformRoot = join(ROOT, 'terraform', 'cluster');
    const config: KubesmithConfig = {
      dataDirectory,
      administrators: [],
      encryption: { keys: [{ id: 'k1', secret: Buffer.alloc(32, 7) }] },
      tokens: { maxDays: 90 },
      kubeconfigs: { defaultHours: 8, maxHours: 24 },
      proxmox: lab.connection,
      tools: {
        terraform: program,
        ansiblePlaybook: 'ansible-playbook',
        terraformRoot,
        ansibleRoot: join(ROOT, 'ansible'),
      },
      audit: { retentionMs: 0 },
      capacity: {
        clonesAtOnce: 4,
        memoryReserveMiB: 0,
        memoryOvercommit: 1,
        storageReserve: 0,
        passableMs: 0,
      },
      backups: { atOnce: 1 },
      sizes: [],
      environments: [environment],
    };
    const guests = wellGuests();
    const ssh = {
      exec: simulatedShell(guests),
      closeCluster() {},
    } as unknown as SshPool;
    const services: StepServices = {
      config,
      environments: fixedEnvironments(config.environments),
      clusters: db.clusters,
      operations: db.operations,
      pools,
      room: new RoomStore(knex),
      secrets: new SecretStore(knex, config.encryption.keys),
      backups: new BackupStore(
        knex,
        new SecretStore(knex, config.encryption.keys),
      ),
      redactor: new Redactor(),
      proxmox: await ProxmoxClient.create(lab.connection),
      kubectl: simulatedKubectl(db.clusters),
      ssh,
      terraform: new TerraformRuntime({
        program,
        root: terraformRoot,
        dataDirectory,
        cliConfigFile,
      }),
      notifyReady: async () => {},
      tellOwner: async () => {},
      probe: async () => undefined,
      snapshots: new SnapshotStore(knex),
      grants: new GrantStore(knex),
      workspaces: new WorkspaceStore(knex, {
        place: () => placeOf(dataDirectory),
        endMs: 0,
      }),
    };
    return new Workbench(db, pools, services, dataDirectory, guests);
  }

  /** A reserved cluster with its keys and addresses. */
  async order(
    name: string,
  ): Promise<{ clusterId: string; operationId: string }> {
    const ordered = await this.db.order({ name });
    for (const secret of ['ssh-key', 'kubectl-key']) {
      await this.services.secrets.put(
        ordered.clusterId,
        secret,
        keyPair().private,
      );
    }
    await this.db.knex.transaction(async tx => {
      await this.pools.lock(tx, 'lab');
      await this.pools.allocate(tx, {
        poolId: 'lab',
        ...ordered,
        slots: ['vip', `${name}-cp-1`, `${name}-w-1`],
      });
    });
    return ordered;
  }

  /** Starts an engine; `machines` stands in place of the real step. */
  start(
    machines: StepAction<StepServices> = createMachines,
    options: { mayClaim?: () => Promise<boolean> } = {},
  ): Engine {
    const nothing = { run: async () => {} };
    this.#engine = createEngineLoop<StepServices>({
      definitions: {
        ...operationDefinitions,
        scale: without(operationDefinitions.scale, 'kubernetes'),
        create: defineOperation<StepServices, 'create'>({
          kind: 'create',
          cancellable: true,
          retry: 'limited',
          steps: {
            machines: { run: machines, phase: 'provisioning' },
            kubernetes: nothing,
            verify: nothing,
            activate: nothing,
          },
        }),
      },
      services: this.services,
      operations: this.db.operations,
      clusters: this.db.clusters,
      logger: mockServices.logger.mock(),
      metrics: noMetrics,
      redact: text => this.services.redactor.redact(text),
      onClusterChanged: () => {},
      timing: { pollMs: 50, leaseMs: 5000, renewMs: 1000 },
      ...options,
    });
    this.#engine.start();
    return this.#engine;
  }

  /** A deletion, as somebody asks for it: what runs is cancelled. */
  async deletion(clusterId: string): Promise<string> {
    await this.db.clusters.update(clusterId, { phase: 'deleting' });
    for (const live of await this.db.operations.live(clusterId))
      await this.db.operations.requestCancel(live.id);
    return this.db.request(clusterId, 'delete');
  }

  /** Lets the step `machines` of an operation that is over run once more, as after a restored backup. */
  async repeatMachines(operationId: string): Promise<void> {
    const { knex } = this.db;
    await knex('operation_steps')
      .where({ operation_id: operationId })
      .whereNot({ name: 'reserve' })
      .update({ status: 'pending', attempt: 0, started_at: null });
    await knex('operations')
      .where({ id: operationId })
      .update({ status: 'queued', finished_at: null });
  }

  /** Waits for the end of an operation; pauses between attempts are cut short. */
  async finished(operationId: string): Promise<OperationRecord> {
    const deadline = Date.now() + FINISH_LIMIT_MS;
    for (;;) {
      const operation = await this.db.operations.get(operationId);
      if (operation?.finishedAt !== undefined) return operation;
      if (operation?.status === 'waiting') await this.hurry(operationId);
      if (Date.now() > deadline)
        throw new Error(`Operation does not end: ${JSON.stringify(operation)}`);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
  }

  async hurry(operationId: string): Promise<void> {
    await this.db
      .knex('operations')
      .where({ id: operationId, status: 'waiting' })
      .update({ next_attempt_at: 0 });
  }

  /** The failure for which a step waits. */
  async waiting(operationId: string, step: string) {
    return eventually(
      async () => {
        const operation = await this.db.operations.get(operationId);
        return operation?.steps.find(
          ({ name, status }) => name === step && status === 'waiting',
        )?.failure;
      },
      `a pause of ${step}`,
      PAUSE_LIMIT_MS,
    );
  }

  /** Waits until a text is among what happened; pauses between attempts are cut short. */
  async told(operationId: string, text: string): Promise<string> {
    return eventually(
      async () => {
        const found = (await this.messages(operationId)).find(message =>
          message.includes(text),
        );
        if (!found) await this.hurry(operationId);
        return found;
      },
      `'${text}' among the events`,
      PAUSE_LIMIT_MS,
    );
  }

  /** The texts of what happened. */
  async messages(operationId: string): Promise<string[]> {
    const events = await this.db.operations.events(operationId, {
      after: 0,
      limit: 500,
    });
    return events.map(({ message }) => message);
  }

  /** Stops the engine and forgets all clusters: the next test begins as the first one did. */
  async reset(): Promise<void> {
    await this.#engine?.stop();
    this.#engine = undefined;
    Object.assign(this.guests, wellGuests());
    const { knex } = this.db;
    for (const table of [
      'operation_events',
      'operation_steps',
      'room_requests',
      'operations',
      'ip_addresses',
      'secrets',
      'cluster_snapshots',
      'workspaces',
      'nodes',
      'clusters',
    ])
      await knex(table).delete();
  }

  /** Ends the engine; database and data directory stay. */
  async stop(): Promise<void> {
    await this.#engine?.stop();
    await this.services.proxmox.close();
  }

  async close(): Promise<void> {
    await this.stop();
    await rm(this.dataDirectory, { recursive: true, force: true });
  }
}

/** The same operation with a step that does nothing. */
function without<Services>(
  definition: OperationDefinition<Services>,
  name: string,
): OperationDefinition<Services> {
  return {
    ...definition,
    steps: definition.steps.map(step =>
      step.name === name ? { ...step, run: async () => {} } : step,
    ),
  };
}
