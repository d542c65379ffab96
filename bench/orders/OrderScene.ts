/* eslint-disable @backstage/no-relative-monorepo-imports -- configuration and API double as the product's tests have them */
import { randomUUID } from 'node:crypto';
import { chmod, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Knex } from 'knex';
import {
  LARGE,
  raceConfigData,
} from '../../plugins/kubesmith-backend/src/__testUtils__/replicas/raceConfig';
import { LabProxmox } from '../../plugins/kubesmith-backend/src/steps/__testUtils__/LabProxmox';
import { type BenchDatabase, createDatabase } from '../list/databases';
import { ADMINISTRATOR } from '../list/people';
import { BenchPortal } from '../portal/BenchPortal';

const ROOT = resolve(__dirname, '../..');
const POLL_MS = 50;
const LIMIT_MS = 10 * 60_000;
export const TERRAFORM_ROOT = join(ROOT, 'terraform/cluster');

const cache =
  process.env.KUBESMITH_CACHE ??
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kubesmith');
/** Through it Terraform finds its provider. */
export const CLI_CONFIG_FILE =
  process.env.TF_CLI_CONFIG_FILE ?? join(cache, 'terraformrc');

/** A step of an operation as it was done; times in milliseconds since the epoch. */
export interface DoneStep {
  name: string;
  startedAt: number;
  finishedAt: number;
}

/** An order that was placed. */
export interface Placed {
  clusterId: string;
  operationId: string;
}

/**
 * Portals that build clusters: real API, records, engine, supervisor, Terraform and provider, on SQLite, at the API double of Proxmox
 * with the times of its tasks. The nodes are simulated, and a script that waits stands for the playbook.
 */
export class OrderScene {
  readonly lab: LabProxmox;
  readonly folder: string;
  readonly playbook: string;
  readonly knex: Knex;
  readonly #database: BenchDatabase;
  readonly #portals: BenchPortal[] = [];
  #orders = 0;

  private constructor(lab: LabProxmox, database: BenchDatabase) {
    this.lab = lab;
    this.folder = database.folder;
    this.playbook = join(database.folder, 'waiting-playbook.sh');
    this.#database = database;
    this.knex = database.connect();
  }

  /** @param options.tasks - how long Proxmox's tasks take, ms */
  static async create(options: {
    tasks: Record<string, number>;
    playbookSeconds: number;
  }): Promise<OrderScene> {
    const lab = await LabProxmox.start({
      taskDurations: { default: 0, ...options.tasks },
      hosts: ['pve1', 'pve2', 'pve3'].map(name => ({
        name,
        cpus: 64,
        memoryMiB: 1024 * 1024,
      })),
    });
    const scene = new OrderScene(lab, await createDatabase('sqlite'));
    await writeFile(
      scene.playbook,
      `#!/bin/sh\nsleep ${options.playbookSeconds}\n`,
    );
    await chmod(scene.playbook, 0o755);
    return scene;
  }

  /** One more backend process on the same database. */
  async portal(): Promise<BenchPortal> {
    const config = raceConfigData(this.lab.connection);
    const portal = await BenchPortal.start({
      database: this.#database.config,
      folder: join(this.folder, 'data'),
      kubesmith: {
        ...config,
        environments: config.environments.map(each => ({
          ...each,
          proxmox: { ...each.proxmox, templateHost: 'pve1' },
        })),
        tools: {
          terraformRoot: TERRAFORM_ROOT,
          terraformCliConfigFile: CLI_CONFIG_FILE,
          ansibleRoot: join(ROOT, 'ansible'),
          ansiblePlaybook: this.playbook,
        },
      },
      catalog: 'working',
      world: 'orders',
    });
    this.#portals.push(portal);
    return portal;
  }

  /** Orders a cluster of two nodes, which nobody else has named so. */
  async order(portal: BenchPortal): Promise<Placed> {
    this.#orders += 1;
    const { cluster, operation } = await portal.call('/kubesmith/v1/clusters', {
      as: ADMINISTRATOR,
      body: {
        requestId: randomUUID(),
        name: `bench-${this.#orders}`,
        environment: LARGE,
        size: 'small',
        workers: 1,
      },
    });
    return { clusterId: cluster.id, operationId: operation.id };
  }

  /** Waits until it is built, as a page does that is looked at. @throws Error if it did not succeed */
  async built({ operationId }: Placed): Promise<DoneStep[]> {
    const { finished_at: finishedAt, status } = await this.#end(operationId);
    if (status !== 'succeeded') {
      const events = await this.knex('operation_events')
        .where({ operation_id: operationId })
        .select('step', 'code', 'message');
      throw new Error(
        `An order ended at ${finishedAt} as ${status}: ${JSON.stringify(
          events,
        )}`,
      );
    }
    const steps = await this.knex('operation_steps')
      .where({ operation_id: operationId })
      .orderBy('position');
    return steps.map(({ name, started_at: from, finished_at: to }) => ({
      name,
      startedAt: Number(from),
      finishedAt: Number(to),
    }));
  }

  async remove(portal: BenchPortal, clusterIds: string[]): Promise<void> {
    const operations = await Promise.all(
      clusterIds.map(async id => {
        const { operation } = await portal.call(
          `/kubesmith/v1/clusters/${id}/delete`,
          { as: ADMINISTRATOR, body: { requestId: randomUUID() } },
        );
        return operation.id as string;
      }),
    );
    for (const id of operations) {
      const { status } = await this.#end(id);
      if (status !== 'succeeded') throw new Error(`A deletion ${status}`);
    }
    const left = await this.lab.machines();
    if (left.size > 0) throw new Error(`Left: ${[...left.keys()]}`);
  }

  async close(): Promise<void> {
    for (const portal of this.#portals) await portal.stop();
    await this.knex.destroy();
    await this.lab.stop();
    await this.#database.remove();
  }

  async #end(operationId: string) {
    const deadline = performance.now() + LIMIT_MS;
    for (;;) {
      const row = await this.knex('operations')
        .where({ id: operationId })
        .first('status', 'finished_at');
      if (row.finished_at !== null) return row;
      if (performance.now() > deadline)
        throw new Error(`An operation does not end: ${JSON.stringify(row)}`);
      await delay(POLL_MS);
    }
  }
}
