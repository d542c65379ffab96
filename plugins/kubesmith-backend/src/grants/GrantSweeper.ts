import type { LoggerService } from '@backstage/backend-plugin-api';
import type { ClusterStore } from '../database/ClusterStore';
import type { GrantService } from './GrantService';
import type { GrantStore } from './GrantStore';

/** How often {@link GrantSweeper.sweep} is to run: a kubeconfig must be worth nothing a minute after its end. */
export const SWEEP_SECONDS = 20;
const LONGEST_WAIT_MS = 10 * 60_000;
const CLUSTERS_AT_ONCE = 16;
const GRANTS_PER_TURN = 50;

/**
 * Ends kubeconfigs in their clusters: those whose time is over, and those that were revoked while the cluster could not be
 * asked. One that still does not answer is asked again after half the time that it has been silent for; it holds up no other.
 */
export class GrantSweeper {
  readonly #deps: {
    clusters: Pick<ClusterStore, 'get'>;
    grants: GrantStore;
    logger: LoggerService;
    service: Pick<GrantService, 'end'>;
    /** Milliseconds, of any epoch. */
    now?: () => number;
  };
  /** Clusters that did not answer: since when, and when to ask again. */
  readonly #silent = new Map<string, { since: number; next: number }>();

  constructor(deps: {
    clusters: Pick<ClusterStore, 'get'>;
    grants: GrantStore;
    logger: LoggerService;
    service: Pick<GrantService, 'end'>;
    now?: () => number;
  }) {
    this.#deps = deps;
  }

  /** One turn through all clusters. Never fails because of one of them. */
  async sweep(): Promise<void> {
    const overdue = await this.#deps.grants.clustersWithOverdue();
    // One that had nothing to end meanwhile, or slept, is asked at once the next time.
    for (const id of this.#silent.keys())
      if (!overdue.includes(id)) this.#silent.delete(id);
    const due = overdue.filter(id => this.#isDue(id));
    const worker = async () => {
      for (let id = due.pop(); id !== undefined; id = due.pop())
        await this.#sweepCluster(id);
    };
    await Promise.all(Array.from({ length: CLUSTERS_AT_ONCE }, worker));
  }

  async #sweepCluster(id: string): Promise<void> {
    const { clusters, grants, logger, service } = this.#deps;
    const cluster = await clusters.get(id);
    if (!cluster) return;
    try {
      for (const grant of await grants.listOverdue(id, GRANTS_PER_TURN))
        await service.end(cluster, grant);
      this.#silent.delete(id);
    } catch (error) {
      const waitMs = this.#defer(id);
      logger.warn('Kubeconfigs could not be ended yet', {
        clusterId: id,
        error: String(error),
        nextTrySeconds: Math.round(waitMs / 1000),
      });
    }
  }

  #now(): number {
    return (this.#deps.now ?? Date.now)();
  }

  #isDue(id: string): boolean {
    const silent = this.#silent.get(id);
    return !silent || this.#now() >= silent.next;
  }

  #defer(id: string): number {
    const now = this.#now();
    const since = this.#silent.get(id)?.since ?? now;
    const waitMs = Math.min((now - since) / 2, LONGEST_WAIT_MS);
    this.#silent.set(id, { since, next: now + waitMs });
    return waitMs;
  }
}
