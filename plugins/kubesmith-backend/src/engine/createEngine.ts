import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import { BackupStore } from '../backups/BackupStore';
import type { RoomStore } from '../capacity/RoomStore';
import type { KubesmithConfig } from '../config/types';
import type { ClusterStore } from '../database/ClusterStore';
import { isPostgres } from '../database/databaseTime';
import { operationDefinitions } from '../operations/definitions';
import type { EnvironmentSource } from '../environments/Environments';
import { GrantStore } from '../grants/GrantStore';
import type { PoolStore } from '../pools/PoolStore';
import { compareRecords } from '../restore/compareRecords';
import type { RestoreGuard } from '../restore/RestoreGuard';
import type { Redactor } from '../secrets/Redactor';
import type { SecretStore } from '../secrets/SecretStore';
import type { NotifyReady, TellOwner } from '../steps/services';
import type { ProbeAddress } from '../tools/network/probeAddress';
import type { ProxmoxClient } from '../tools/proxmox/ProxmoxClient';
import { SnapshotStore } from '../snapshots/SnapshotStore';
import type { KubectlRunner } from '../tools/ssh/kubectl';
import type { SshPool } from '../tools/ssh/SshPool';
import { TerraformRuntime } from '../tools/terraform/TerraformRuntime';
import { placeOf } from '../workspaces/place';
import {
  endOfTools,
  TOOLS_WITHOUT_BACKEND,
  WorkspaceStore,
} from '../workspaces/WorkspaceStore';
import { clearAfterCrash } from './clearAfterCrash';
import { createEngineLoop, type Engine, type EngineTiming } from './Engine';
import type { EngineMetrics } from './metrics';
import type { OperationStore } from './OperationStore';

const COMPARE_LIMIT_MS = 5 * 60_000;

/** What the engine is made of. */
export interface EngineDependencies {
  config: KubesmithConfig;
  environments: EnvironmentSource;
  knex: Knex;
  clusters: ClusterStore;
  operations: OperationStore;
  pools: PoolStore;
  /** Who answers on an address. */
  probe: ProbeAddress;
  room: RoomStore;
  secrets: SecretStore;
  redactor: Redactor;
  proxmox: ProxmoxClient;
  ssh: SshPool;
  kubectl: KubectlRunner;
  logger: LoggerService;
  metrics: EngineMetrics;
  /** Holds everything while a restored database is not compared with the machines. */
  restoreGuard: RestoreGuard;
  /** `record`: the cluster itself changed; `progress`: only what is going on. */
  onClusterChanged: (clusterId: string, what: 'record' | 'progress') => void;
  notifyReady?: NotifyReady;
  tellOwner?: TellOwner;
  timing?: Partial<EngineTiming>;
}

/** The engine with the operations that it knows and their tools. */
export function createEngine(dependencies: EngineDependencies): Engine {
  const {
    config,
    clusters,
    operations,
    redactor,
    logger,
    metrics,
    onClusterChanged,
    timing,
  } = dependencies;
  const terraform = new TerraformRuntime({
    program: config.tools.terraform,
    root: config.tools.terraformRoot,
    dataDirectory: config.dataDirectory,
    // As Terraform itself would do, were it started by hand.
    cliConfigFile:
      config.tools.terraformCliConfigFile ?? process.env.TF_CLI_CONFIG_FILE,
  });
  const engine = createEngineLoop({
    definitions: operationDefinitions,
    services: {
      ...dependencies,
      terraform,
      notifyReady: dependencies.notifyReady ?? (async () => {}),
      tellOwner: dependencies.tellOwner ?? (async () => {}),
      snapshots: new SnapshotStore(dependencies.knex),
      grants: new GrantStore(dependencies.knex),
      backups: new BackupStore(dependencies.knex, dependencies.secrets),
      workspaces: new WorkspaceStore(dependencies.knex, {
        place: () => placeOf(config.dataDirectory),
        endMs: endOfTools(timing),
      }),
    },
    operations,
    clusters,
    logger,
    metrics,
    onClusterChanged,
    redact: text => redactor.redact(text),
    timing,
    // On SQLite no other machine can take over.
    ...(isPostgres(dependencies.knex) && {
      toolsWithoutBackend: TOOLS_WITHOUT_BACKEND,
    }),
    mayClaim: () =>
      dependencies.restoreGuard.mayClaim(async () =>
        compareRecords(
          {
            clusters,
            operations,
            proxmox: dependencies.proxmox,
            environments: [...(await dependencies.environments.current())],
            dataDirectory: config.dataDirectory,
          },
          AbortSignal.timeout(COMPARE_LIMIT_MS),
        ),
      ),
  });
  return {
    ...delegate(engine),
    start() {
      // Before the first claim: a run that is just being set up looks like one that never started.
      clearAfterCrash(config.dataDirectory)
        .catch(error =>
          logger.warn(
            'Could not clear up after runs that ended while we were away',
            error,
          ),
        )
        .finally(() => engine.start());
    },
  };
}

function delegate(engine: Engine): Engine {
  return {
    start: () => engine.start(),
    stop: () => engine.stop(),
    wake: () => engine.wake(),
    healthy: () => engine.healthy(),
  };
}
