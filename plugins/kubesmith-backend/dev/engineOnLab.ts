/**
 * The engine without a portal, on a lab instance: for trying and measuring what it does.
 *
 *   yarn lab up --instance engine
 *   set -a; . "$KUBESMITH_CACHE/lab/engine/portal.env"; set +a
 *   yarn lab exec --instance engine -- node --import @backstage/cli/config/nodeTransform.cjs \
 *     plugins/kubesmith-backend/dev/engineOnLab.ts order demo 2      # or: delete demo, resume
 *
 * `order` and `delete` record what the API would record and then work until it is done; `resume` only works. Prints the
 * events as they come.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigReader } from '@backstage/config';
import { ConfigSources } from '@backstage/config-loader';
import type { LoggerService } from '@backstage/backend-plugin-api';
import createKnex from 'knex';
import { readKubesmithConfig } from '../src/config/readKubesmithConfig';
import { ApprovalLimitStore } from '../src/approvals/ApprovalLimitStore';
import { ApprovalRules } from '../src/approvals/ApprovalRules';
import { RoomQueue } from '../src/capacity/RoomQueue';
import { RoomStore } from '../src/capacity/RoomStore';
import { ClusterStore } from '../src/database/ClusterStore';
import { createEngine } from '../src/engine/createEngine';
import { noMetrics } from '../src/engine/metrics';
import { OperationStore } from '../src/engine/OperationStore';
import { TypicalDurations } from '../src/engine/TypicalDurations';
import { Environments } from '../src/environments/Environments';
import { DeletionService } from '../src/orders/DeletionService';
import { Inventory } from '../src/orders/Inventory';
import { OrderService } from '../src/orders/OrderService';
import { PoolStore } from '../src/pools/PoolStore';
import { QuotaStore } from '../src/quotas/QuotaStore';
import { Quotas } from '../src/quotas/Quotas';
import { RestoreGuard } from '../src/restore/RestoreGuard';
import { Redactor } from '../src/secrets/Redactor';
import { SecretStore } from '../src/secrets/SecretStore';
import { createAddressProbe } from '../src/tools/network/probeAddress';
import { ProxmoxClient } from '../src/tools/proxmox/ProxmoxClient';
import { createKubectlRunner } from '../src/tools/ssh/kubectl';
import { SshPool } from '../src/tools/ssh/SshPool';

const ENVIRONMENT = 'distributed-systems-2026';
const CALLER = {
  userRef: 'user:default/student-1',
  claims: ['user:default/student-1', 'group:default/students'],
  mayOrder: () => true,
};

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const logger: LoggerService = {
  error: (message, meta) =>
    print(
      `  ERROR ${message} ${
        meta instanceof Error ? meta.stack : JSON.stringify(meta ?? '')
      }`,
    ),
  warn: (message, meta) =>
    print(
      `  warn  ${message} ${
        meta instanceof Error ? meta.message : JSON.stringify(meta ?? '')
      }`,
    ),
  info: () => {},
  debug: () => {},
  child: () => logger,
};

async function main([command, name, workers]: string[]): Promise<void> {
  const root = join(__dirname, '..', '..', '..');
  const source = ConfigSources.default({
    watch: false,
    rootDir: root,
    argv: [
      '--config',
      join(root, 'app-config.yaml'),
      '--config',
      join(root, 'app-config.lab.yaml'),
    ],
  });
  const rootConfig = await ConfigSources.toConfig(source);
  const config = readKubesmithConfig(new ConfigReader(rootConfig.get()));
  await mkdir(config.dataDirectory, { recursive: true, mode: 0o700 });

  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename: join(config.dataDirectory, 'engine.sqlite') },
    useNullAsDefault: true,
  });
  await knex.migrate.latest({ directory: join(__dirname, '..', 'migrations') });
  const clusters = new ClusterStore(knex);
  const operations = new OperationStore(knex);
  const pools = new PoolStore(knex);
  const room = new RoomStore(knex);
  const secrets = new SecretStore(knex, config.encryption.keys);
  const redactor = new Redactor();
  const environments = new Environments(knex, config.sizes);
  await environments.mirror(config.environments, { knex, pools });
  redactor.add(config.proxmox.tokenSecret);
  const proxmox = await ProxmoxClient.create(config.proxmox);
  const ssh = new SshPool();
  const kubectl = createKubectlRunner({
    pool: ssh,
    source: {
      nodes: id => clusters.nodes(id),
      privateKey: async id =>
        (await secrets.get(id, 'kubectl-key'))!.toString(),
    },
  });

  const find = async () => {
    const { items } = await clusters.list({
      search: name,
      limit: 100,
      offset: 0,
    });
    const found = items.find(cluster => cluster.name === name);
    if (!found) throw new Error(`No cluster '${name}'`);
    return found.id;
  };
  if (command === 'order') {
    const inventory = new Inventory({ hypervisor: proxmox, logger });
    const orders = new OrderService({
      approvals: new ApprovalRules({
        knex,
        store: new ApprovalLimitStore(knex),
      }),
      clusters,
      environments,
      inventory,
      knex,
      operations,
      people: { claimsOf: async userRef => [userRef] },
      pools,
      quotas: new Quotas({ knex, store: new QuotaStore(knex) }),
      room: new RoomQueue({
        environments,
        inventory,
        knex,
        limits: config.capacity,
        logger,
        onTurn: () => {},
        operations,
        store: room,
        typical: new TypicalDurations(knex),
      }),
      secrets,
    });
    const requestKey = `try/${name}/${Date.now()}`;
    await orders.place(
      {
        name,
        environment: ENVIRONMENT,
        size: 'small',
        workers: Number(workers ?? 2),
      },
      { caller: CALLER, requestKey },
    );
  } else if (command === 'delete') {
    await new DeletionService({ clusters, knex, operations }).request({
      clusterId: await find(),
      initiator: CALLER.userRef,
    });
  } else if (command === 'kubectl') {
    const result = await kubectl.run(await find(), process.argv.slice(4), {
      timeoutMs: 60_000,
    });
    print(result.stdout + result.stderr);
  } else if (command !== 'resume') {
    throw new Error(
      'order NAME WORKERS | delete NAME | kubectl NAME ARGUMENTS | resume',
    );
  }

  const begun = performance.now();
  const engine = createEngine({
    config,
    knex,
    clusters,
    environments,
    operations,
    pools,
    probe: createAddressProbe(),
    room,
    secrets,
    redactor,
    proxmox,
    ssh,
    kubectl,
    logger,
    metrics: noMetrics,
    onClusterChanged: () => {},
    restoreGuard: new RestoreGuard({
      clusters,
      dataDirectory: config.dataDirectory,
      environments,
      knex,
      logger,
      onClusterChanged: () => {},
      operations,
    }),
  });
  engine.start();
  const seen = new Map<string, { event: number; progress: string }>();
  for (;;) {
    const rows: { id: string }[] = await knex('operations')
      .whereIn('status', ['queued', 'running', 'waiting'])
      .select('id');
    for (const { id } of rows)
      if (!seen.has(id)) seen.set(id, { event: 0, progress: '' });
    for (const [id, last] of seen) {
      const at = `${((performance.now() - begun) / 1000)
        .toFixed(1)
        .padStart(6)} s`;
      for (const event of await operations.events(id, {
        after: last.event,
        limit: 1000,
      })) {
        last.event = event.id;
        print(`${at}  ${event.step ?? ''} ${event.level} ${event.message}`);
      }
      const operation = await operations.get(id);
      const step = operation?.steps.find(
        ({ status }) => status === 'running' || status === 'waiting',
      );
      const progress = step
        ? `${step.name} ${step.progress?.percent ?? ''} ${
            step.progress?.message ?? ''
          }`
        : `${operation?.status}`;
      if (progress !== last.progress) print(`${at}  … ${progress}`);
      last.progress = progress;
    }
    if (rows.length === 0) break;
    await delay(200);
  }
  for (const id of seen.keys()) {
    const operation = await operations.get(id);
    print(
      `${operation?.kind}: ${operation?.status} ${
        operation?.failure?.message ?? ''
      }`,
    );
    for (const step of operation?.steps ?? []) {
      print(
        `  ${step.name}: ${step.status} ${
          ((step.finishedAt ?? 0) - (step.startedAt ?? 0)) / 1000
        } s ${JSON.stringify(step.evidence ?? '')}`,
      );
    }
  }
  await engine.stop();
  ssh.close();
  await proxmox.close();
  await knex.destroy();
}

main(process.argv.slice(2))
  .then(() => process.exit(0)) // The configuration is still watched.
  .catch(error => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  });
