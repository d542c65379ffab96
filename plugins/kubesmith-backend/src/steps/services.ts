import { join } from 'node:path';
import type { BackupStore } from '../backups/BackupStore';
import type { RoomStore } from '../capacity/RoomStore';
import type { OwnerMessage } from '../clusters/notifyOwner';
import type { EnvironmentConfig, KubesmithConfig } from '../config/types';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';
import type { StepContext } from '../engine/definitions';
import { StepError } from '../engine/failures';
import type { OperationStore } from '../engine/OperationStore';
import type { EnvironmentSource } from '../environments/Environments';
import type { GrantStore } from '../grants/GrantStore';
import type { PoolStore } from '../pools/PoolStore';
import type { Redactor } from '../secrets/Redactor';
import type { SecretStore } from '../secrets/SecretStore';
import { AnsibleWorkspace } from '../tools/ansible/AnsibleWorkspace';
import type { ProbeAddress } from '../tools/network/probeAddress';
import type { ProxmoxClient } from '../tools/proxmox/ProxmoxClient';
import type { SnapshotStore } from '../snapshots/SnapshotStore';
import type { KubectlRunner } from '../tools/ssh/kubectl';
import type { SshPool } from '../tools/ssh/SshPool';
import type { TerraformRuntime } from '../tools/terraform/TerraformRuntime';
import { TerraformWorkspace } from '../tools/terraform/TerraformWorkspace';
import type { WorkspaceStore } from '../workspaces/WorkspaceStore';
import { custodyOf } from './custodyOf';

/** Tells somebody that their cluster is ready. Failing to do so fails nothing else. */
export type NotifyReady = (cluster: ClusterRecord) => Promise<void>;

/** Tells an owner something; a later one of the same scope replaces an earlier one. Failing to do so fails nothing else. */
export type TellOwner = (
  cluster: ClusterRecord,
  message: OwnerMessage,
  scope: string,
) => Promise<void>;

/** What the steps of all operations work with. */
export interface StepServices {
  config: KubesmithConfig;
  environments: EnvironmentSource;
  clusters: ClusterStore;
  /** For what must be written in one transaction with a record; other lines go through the context's `event`. */
  operations: Pick<OperationStore, 'countEvents' | 'insertEvent'>;
  pools: PoolStore;
  room: Pick<RoomStore, 'find' | 'settle'>;
  secrets: SecretStore;
  backups: BackupStore;
  redactor: Redactor;
  proxmox: ProxmoxClient;
  kubectl: KubectlRunner;
  ssh: SshPool;
  terraform: TerraformRuntime;
  notifyReady: NotifyReady;
  tellOwner: TellOwner;
  probe: ProbeAddress;
  workspaces: WorkspaceStore;
  snapshots: SnapshotStore;
  grants: Pick<GrantStore, 'endAgain'>;
}

/** The context of our steps. */
export type Context = StepContext<StepServices>;

/** The folder of one cluster's tools. */
export function clusterDirectory(
  dataDirectory: string,
  clusterId: string,
): string {
  return join(dataDirectory, 'clusters', clusterId);
}

/** One cluster's Terraform. */
export function terraformOf(context: Context): TerraformWorkspace {
  const { services, cluster } = context;
  const directory = clusterDirectory(services.config.dataDirectory, cluster.id);
  return new TerraformWorkspace({
    directory,
    runtime: services.terraform,
    credentials: services.config.proxmox,
    custody: custodyOf(context, directory),
  });
}

/** One cluster's Ansible. */
export function ansibleOf(context: Context): AnsibleWorkspace {
  const { services, cluster } = context;
  const directory = clusterDirectory(services.config.dataDirectory, cluster.id);
  return new AnsibleWorkspace({
    directory,
    program: services.config.tools.ansiblePlaybook,
    root: services.config.tools.ansibleRoot,
    custody: custodyOf(context, directory),
  });
}

/** A cluster's environment as it is now. */
export async function environmentOf({
  services,
  cluster,
}: Context): Promise<EnvironmentConfig> {
  const found = await services.environments.find(cluster.environment);
  if (!found)
    throw new StepError('KUBESMITH-ENVIRONMENT-GONE', {
      environment: cluster.environment,
    });
  return found;
}

/** A secret of the cluster as text; from now on it is taken out of everything that people see. */
export async function secretOf(
  { services, cluster }: Context,
  name: string,
): Promise<string> {
  const secret = await services.secrets.get(cluster.id, name);
  if (!secret) throw new StepError('KUBESMITH-SECRET-MISSING', { name });
  services.redactor.add(secret);
  return secret.toString('utf8');
}
