import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../../inLab.ts';
import type { Cluster, PortalClient } from '../../client/PortalClient.ts';
import { ProcessSampler } from '../ProcessSampler.ts';
import { needlesOf } from '../secretForms.ts';
import { ENVIRONMENT, Setting, waitForPhase } from '../Setting.ts';
import { clusterSecrets } from './clusterSecrets.ts';
import { KUBECTL_USER, SshClient } from './SshClient.ts';

const LIMIT_MS = 10 * 60_000;

/** A cluster with what its thief would have. */
export interface TrustCluster {
  record: Cluster;
  /** Address and name of its control plane. */
  address: string;
  host: string;
  /** The stored secrets, by name. */
  secrets: Record<string, string>;
  /** With the key of Ansible's account. */
  node: SshClient;
  /** With the key of kubectl's account. */
  kubectl: SshClient;
}

/** Two clusters, built while all processes of the machine are looked at. */
export class TrustSetting extends Setting {
  student!: PortalClient;
  alpha!: TrustCluster;
  beta!: TrustCluster;
  /** Secrets by name that were there while the clusters were built. */
  readonly known: Record<string, string> = {};
  /** Bootstrap tokens that were seen in the clusters. */
  readonly joinTokens = new Set<string>();
  sampled!: Awaited<ReturnType<ProcessSampler['stop']>>;

  override async up(): Promise<void> {
    await super.up();
    this.student = await this.as('student-1');
    const environment = await this.portal.environment();
    Object.assign(this.known, {
      'the Proxmox token': environment.KUBESMITH_PROXMOX_TOKEN_SECRET!,
      'the encryption key': environment.KUBESMITH_ENCRYPTION_KEY!,
      'the sign-in secret': environment.AUTH_OIDC_CLIENT_SECRET!,
      'the session secret': environment.AUTH_SESSION_SECRET!,
    });
    const sampler = new ProcessSampler(needlesOf(this.known));
    sampler.start();
    const alpha = await this.order('alpha', 1);
    const beta = await this.order('beta', 0);
    for (const { id } of [alpha, beta]) {
      for (const [name, value] of Object.entries(
        await clusterSecrets(this, id),
      ))
        this.known[`${name} of ${id}`] = value;
    }
    sampler.add(needlesOf(this.known));
    const joined = this.#watchTokens(alpha.id, sampler);
    this.alpha = await this.#ready(alpha.id);
    this.beta = await this.#ready(beta.id);
    await joined;
    this.sampled = await sampler.stop();
  }

  /** Orders a cluster as the student, by the API. */
  async order(name: string, workers: number): Promise<Cluster> {
    const { cluster } = await this.student.order({
      name,
      workers,
      environment: ENVIRONMENT,
      size: 'small',
      requestId: randomUUID(),
    });
    return cluster;
  }

  /** Sends a line to a cluster's kubectl gate. */
  async gate(
    cluster: TrustCluster,
    command: string,
    input?: string,
  ): Promise<Outcome> {
    return await cluster.kubectl.run(
      'ssh',
      [`${KUBECTL_USER}@${cluster.address}`, ...(command ? [command] : [])],
      { input },
    );
  }

  /** A cluster that is there, with its keys. */
  async stolen(record: Cluster): Promise<TrustCluster> {
    const secrets = await clusterSecrets(this, record.id);
    const first = record.nodes.find(({ role }) => role === 'control-plane')!;
    return {
      record,
      address: first.ipAddress,
      host: first.name,
      secrets,
      node: await SshClient.with(this, secrets['ssh-key']!),
      kubectl: await SshClient.with(this, secrets['kubectl-key']!),
    };
  }

  async #ready(id: string): Promise<TrustCluster> {
    return await this.stolen(
      await waitForPhase(this.student, id, 'ready', LIMIT_MS),
    );
  }

  /** Reads the bootstrap tokens that live for a few seconds, on the control plane itself, until the cluster is ready. */
  async #watchTokens(id: string, sampler: ProcessSampler): Promise<void> {
    const endAt = Date.now() + LIMIT_MS;
    const { address, node } = await this.stolen(await this.student.cluster(id));
    const ask =
      'sudo kubectl --kubeconfig /etc/kubernetes/admin.conf get secrets -n kube-system --field-selector type=bootstrap.kubernetes.io/token -o jsonpath=\'{range .items[*]}{.data.token-id} {.data.token-secret}{"\\n"}{end}\'';
    while (Date.now() < endAt) {
      const told = await node.say(address, ask).catch(() => ''); // Not up yet.
      for (const line of told.split('\n').filter(Boolean)) {
        const [name, secret] = line
          .split(' ')
          .map(part => Buffer.from(part, 'base64').toString());
        const token = `${name}.${secret}`;
        if (this.joinTokens.has(token)) continue;
        this.joinTokens.add(token);
        const found = { [`join token ${this.joinTokens.size}`]: secret! };
        Object.assign(this.known, found);
        sampler.add(needlesOf(found));
      }
      if ((await this.student.cluster(id)).phase === 'ready') return;
      await sleep(300);
    }
  }
}
