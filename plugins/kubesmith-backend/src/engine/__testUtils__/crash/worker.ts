/**
 * A backend process to be killed: the real engine with the real steps of create and delete, real Terraform and provider, the
 * API double and a real database. Simulated are the nodes: logging in succeeds, a script stands for the playbook, kubectl
 * answers that all is well. Stops at the first boundary that is not in its list, says which one, and waits.
 */
import { createInterface } from 'node:readline';
import createKnex, { type Knex } from 'knex';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { KubesmithConfig } from '../../../config/types';
import { BackupStore } from '../../../backups/BackupStore';
import { RoomStore } from '../../../capacity/RoomStore';
import { ClusterStore } from '../../../database/ClusterStore';
import { operationDefinitions } from '../../../operations/definitions';
import { fixedEnvironments } from '../../../environments/__testUtils__/fixedEnvironments';
import { PoolStore } from '../../../pools/PoolStore';
import { Redactor } from '../../../secrets/Redactor';
import { SecretStore } from '../../../secrets/SecretStore';
import type { StepServices } from '../../../steps/services';
import { ProxmoxClient } from '../../../tools/proxmox/ProxmoxClient';
import type { SshPool } from '../../../tools/ssh/SshPool';
import { TerraformRuntime } from '../../../tools/terraform/TerraformRuntime';
import { GrantStore } from '../../../grants/GrantStore';
import { SnapshotStore } from '../../../snapshots/SnapshotStore';
import { placeOf } from '../../../workspaces/place';
import {
  endOfTools,
  type TOOLS_WITHOUT_BACKEND,
  WorkspaceStore,
} from '../../../workspaces/WorkspaceStore';
import { createEngineLoop, type EngineTiming } from '../../Engine';
import { noMetrics } from '../../metrics';
import {
  simulatedShell,
  wellGuests,
} from '../../../steps/__testUtils__/simulatedGuest';
import { HoldingStore } from './HoldingStore';
import { simulatedKubectl } from './simulatedKubectl';

/** What a worker is told on its command line, as JSON. */
export interface WorkerSettings {
  database: Knex.Config;
  /** Keys of encryption in hexadecimal. */
  config: Omit<KubesmithConfig, 'encryption'> & {
    encryption: { keys: { id: string; secret: string }[] };
  };
  cliConfigFile: string;
  /** It ends its work, and says so, when this operation is over. */
  operationId: string;
  /** Boundaries that are passed. */
  passed: string[];
  /** A regular expression: others are passed as well. */
  only: string;
  timing: Partial<EngineTiming>;
  /** If other places may take over; see WorkspaceStore.ts. */
  tools?: typeof TOOLS_WITHOUT_BACKEND;
}

/** What a worker says, one line of JSON each. */
export type WorkerWord =
  | { at: string }
  | { over: true }
  | { loss: string }
  | { begun: string };

function say(word: WorkerWord): void {
  process.stdout.write(`${JSON.stringify(word)}\n`);
}

function workerLogger(): LoggerService {
  const tell = (message: string, meta?: unknown) => {
    if (message.startsWith('Stopped working')) say({ loss: message });
    const detail = meta instanceof Error ? meta.stack : JSON.stringify(meta);
    if (process.env.KUBESMITH_TEST_VERBOSE)
      process.stderr.write(`${process.pid} ${message} ${detail ?? ''}\n`);
  };
  const logger: LoggerService = {
    error: tell,
    warn: tell,
    info: message => {
      if (/^Step (begun|taken)/.test(message)) say({ begun: message });
    },
    debug: () => {},
    child: () => logger,
  };
  return logger;
}

async function main(settings: WorkerSettings): Promise<void> {
  const { operationId } = settings;
  const config: KubesmithConfig = {
    ...settings.config,
    encryption: {
      keys: settings.config.encryption.keys.map(({ id, secret }) => ({
        id,
        secret: Buffer.from(secret, 'hex'),
      })),
    },
  };
  const knex = createKnex(settings.database);
  const passed = new Set(settings.passed);
  const only = new RegExp(settings.only);
  let letGo = () => {};
  let heldOnce = false;
  const hold = async (boundary: string) => {
    if (heldOnce || passed.has(boundary) || !only.test(boundary)) return;
    heldOnce = true;
    const released = new Promise<void>(resolve => {
      letGo = resolve;
    });
    say({ at: boundary });
    await released;
  };
  const operations = new HoldingStore(knex, hold);
  const clusters = new ClusterStore(knex);
  const services: StepServices = {
    config,
    environments: fixedEnvironments(config.environments),
    clusters,
    operations,
    pools: new PoolStore(knex),
    room: new RoomStore(knex),
    secrets: new SecretStore(knex, config.encryption.keys),
    backups: new BackupStore(
      knex,
      new SecretStore(knex, config.encryption.keys),
    ),
    redactor: new Redactor(),
    proxmox: await ProxmoxClient.create(config.proxmox),
    kubectl: simulatedKubectl(clusters),
    ssh: {
      exec: simulatedShell(wellGuests()),
      closeCluster() {},
    } as unknown as SshPool,
    terraform: new TerraformRuntime({
      program: config.tools.terraform,
      root: config.tools.terraformRoot,
      dataDirectory: config.dataDirectory,
      cliConfigFile: settings.cliConfigFile,
    }),
    notifyReady: async () => {},
    tellOwner: async () => {},
    probe: async () => undefined,
    snapshots: new SnapshotStore(knex),
    grants: new GrantStore(knex),
    workspaces: new WorkspaceStore(knex, {
      place: () => placeOf(config.dataDirectory),
      endMs: endOfTools(settings.timing, settings.tools),
    }),
  };
  const engine = createEngineLoop<StepServices>({
    definitions: operationDefinitions,
    services,
    operations,
    clusters,
    logger: workerLogger(),
    metrics: noMetrics,
    redact: text => services.redactor.redact(text),
    onClusterChanged: () => {},
    timing: { pollMs: 30, ...settings.timing },
    toolsWithoutBackend: settings.tools,
  });

  process.on('SIGTERM', async () => {
    const stopped = engine.stop();
    letGo();
    await stopped;
    process.exit(0);
  });
  const words = createInterface(process.stdin);
  words.on('line', () => letGo());
  // Nobody is left to tell us what to do.
  words.on('close', () => process.exit(3));

  engine.start();
  for (;;) {
    const before = heldOnce;
    const operation = await operations.get(operationId);
    // What it holds at comes first: the last boundary is behind the end.
    if (operation?.finishedAt !== undefined && !before && !heldOnce) {
      await new Promise(resolve => setTimeout(resolve, 200));
      if (!heldOnce) break;
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  say({ over: true });
}

main(JSON.parse(process.argv[2])).catch(error => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
});
