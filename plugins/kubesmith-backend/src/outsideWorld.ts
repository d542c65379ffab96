import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import type { RoomStore } from './capacity/RoomStore';
import type { Change } from './clusters/ClusterChanges';
import type { KubesmithConfig } from './config/types';
import type { ClusterStore } from './database/ClusterStore';
import type { ClusterRecord } from './database/records';
import type { Engine } from './engine/Engine';
import type { OperationStore } from './engine/OperationStore';
import type { EnvironmentSource } from './environments/Environments';
import type { InspectEnvironment } from './environments/inspect';
import type { KubesmithMetrics } from './metrics/KubesmithMetrics';
import type { Hypervisor } from './orders/Inventory';
import type { PoolStore } from './pools/PoolStore';
import type { Machines } from './reconciler/records';
import type { RestoreGuard } from './restore/RestoreGuard';
import type { TellOwner } from './steps/services';
import type { Redactor } from './secrets/Redactor';
import type { SecretStore } from './secrets/SecretStore';
import type { ProbeAddress } from './tools/network/probeAddress';
import type { ReadServerCertificate } from './tools/network/serverCertificate';
import type { KubectlRunner } from './tools/ssh/kubectl';

/** What the engine and the tools are given. */
export type OutsideWorldOptions = {
  clusters: ClusterStore;
  config: KubesmithConfig;
  environments: EnvironmentSource;
  knex: Knex;
  logger: LoggerService;
  metrics: KubesmithMetrics;
  notifyReady: (cluster: ClusterRecord) => Promise<void>;
  tellOwner: TellOwner;
  onClusterChanged: (clusterId: string, what: Change) => void;
  operations: OperationStore;
  pools: PoolStore;
  redactor: Redactor;
  restoreGuard: RestoreGuard;
  room: RoomStore;
  secrets: SecretStore;
};

/** All that touches Proxmox, machines and clusters; tests put doubles in its place. */
export type OutsideWorld = {
  engine: Engine;
  hypervisor: Hypervisor;
  inspectEnvironment: InspectEnvironment;
  kubectl: KubectlRunner;
  /** Proxmox, for the reconciler. */
  machines: Machines;
  /** Who answers on an address. */
  probe: ProbeAddress;
  readCertificate: ReadServerCertificate;
  /** Closes connections. */
  close(): Promise<void>;
};
