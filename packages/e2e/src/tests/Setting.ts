import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import { down } from '@kubesmith/lab/src/instance/down.ts';
import { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import { Progress } from '@kubesmith/lab/src/instance/Progress.ts';
import { up } from '@kubesmith/lab/src/instance/up.ts';
import { type Cluster, PortalClient } from '../client/PortalClient.ts';
import { signIn } from '../client/signIn.ts';
import { ensureFrontend } from '../portal/frontend.ts';
import { Portal } from '../portal/Portal.ts';

/** The environment of the lab in which students may order. */
export const ENVIRONMENT = 'distributed-systems-2026';

/** One lab instance with one portal, shared by the tests of one file. */
export class Setting {
  readonly instance: Instance;
  readonly portal: Portal;
  readonly #older: boolean;
  readonly #clients = new Map<string, PortalClient>();

  /**
   * @param options.older - with a template of an older Kubernetes, and packages to upgrade with
   * @param options.configs - further configuration files of the portal
   */
  constructor(
    name = 'e2e',
    options: { older?: boolean; configs?: string[] } = {},
  ) {
    this.instance = new Instance(process.env.KUBESMITH_E2E_INSTANCE ?? name);
    this.portal = new Portal(this.instance, options.configs);
    this.#older = options.older ?? false;
  }

  /** Begins with nothing, whatever an earlier run left. */
  async up(): Promise<void> {
    await this.down();
    await up(this.instance, Progress.silent, { older: this.#older });
    const { hash } = await ensureFrontend();
    await this.portal.start({ frontend: hash });
  }

  /** `KUBESMITH_E2E_KEEP=1` leaves all as it is, to look at what went wrong. */
  async end(): Promise<void> {
    if (!process.env.KUBESMITH_E2E_KEEP) await this.down();
  }

  async down(): Promise<void> {
    await this.portal.stop();
    await down(this.instance, Progress.silent);
  }

  /** The portal as this person sees it; signed in once. */
  async as(person: string): Promise<PortalClient> {
    let client = this.#clients.get(person);
    if (!client) {
      const session = await signIn(person, {
        portal: await this.portal.address(),
      });
      client = new PortalClient(session);
      this.#clients.set(person, client);
    }
    return client;
  }

  /** Forgets all sessions: people sign in anew. */
  forgetSessions(): void {
    this.#clients.clear();
  }

  /** Looks into, or changes, a database of the portal, as nothing but a test may. */
  async database<T>(
    plugin: 'auth' | 'kubesmith',
    work: (database: DatabaseSync) => T,
  ): Promise<T> {
    const { KUBESMITH_DATABASE_DIRECTORY: folder } =
      await this.portal.environment();
    const database = new DatabaseSync(join(folder!, `${plugin}.sqlite`), {
      timeout: 10_000,
    });
    try {
      return work(database);
    } finally {
      database.close();
    }
  }
}

/**
 * Waits until a cluster has a phase.
 *
 * @throws Error when it fails, unless that is what is waited for, or when the time is over
 */
export async function waitForPhase(
  client: PortalClient,
  clusterId: string,
  phase: Cluster['phase'],
  timeoutMs: number,
): Promise<Cluster> {
  const endAt = Date.now() + timeoutMs;
  let cluster = await client.cluster(clusterId);
  while (cluster.phase !== phase) {
    if (['failed', 'needs-attention'].includes(cluster.phase)) {
      throw new Error(
        `'${cluster.name}' is ${cluster.phase}: ${JSON.stringify(
          cluster.failure,
        )}`,
      );
    }
    if (Date.now() > endAt)
      throw new Error(
        `'${cluster.name}' is ${cluster.phase}, not ${phase}, after ${
          timeoutMs / 1000
        } s`,
      );
    await sleep(500);
    cluster = await client.cluster(clusterId);
  }
  return cluster;
}
