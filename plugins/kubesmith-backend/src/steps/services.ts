import { join } from 'node:path';
import type { RoomStore } from '../capacity/RoomStore';
import type { EnvironmentConfig, KubesmithConfig } from '../config/types';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord } from '../database/records';
import type { StepContext } from '../engine/definitions';
import { StepError } from '../engine/failures';
import type { OperationStore } from '../engine/OperationStore';
import type { EnvironmentSource } from '../environments/Environments';
import type { PoolStore } from '../pools/PoolStore';
import type { Redactor } from '../secrets/Redactor';
import type { SecretStore } from '../secrets/SecretStore';
import { AnsibleWorkspace } from '../tools/ansible/AnsibleWorkspace';
import type { ProbeAddress } from '../tools/network/probeAddress';
import type { ProxmoxClient } from '../tools/proxmox/ProxmoxClient';
import type { KubectlRunner } from '../tools/ssh/kubectl';
import type { SshPool } from '../tools/ssh/SshPool';
import type { TerraformRuntime } from '../tools/terraform/TerraformRuntime';
import { TerraformWorkspace } from '../tools/terraform/TerraformWorkspace';

/** Tells somebody that their cluster is ready. Failing to do so fails nothing else. */
export type NotifyReady = (cluster: ClusterRecord) => Promise<void>;

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
  redactor: Redactor;
  proxmox: ProxmoxClient;
  kubectl: KubectlRunner;
  ssh: SshPool;
  terraform: TerraformRuntime;
  notifyReady: NotifyReady;
  probe: ProbeAddress;
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
export function terraformOf({
  services,
  cluster,
}: Context): TerraformWorkspace {
  return new TerraformWorkspace({
    directory: clusterDirectory(services.config.dataDirectory, cluster.id),
    runtime: services.terraform,
    credentials: services.config.proxmox,
  });
}

/** One cluster's Ansible. */
export function ansibleOf({ services, cluster }: Context): AnsibleWorkspace {
  return new AnsibleWorkspace({
    directory: clusterDirectory(services.config.dataDirectory, cluster.id),
    program: services.config.tools.ansiblePlaybook,
    root: services.config.tools.ansibleRoot,
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
