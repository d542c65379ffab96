import type { LoggerService } from '@backstage/backend-plugin-api';
import type { EventsService } from '@backstage/plugin-events-node';
import type { SignalsService } from '@backstage/plugin-signals-node';
import {
  CLUSTERS_CHANNEL,
  CLUSTERS_TOPIC,
  type ClusterChangedPayload,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterStore } from '../database/ClusterStore';

/** `record`: the cluster itself changed; `progress`: only what is going on, which the catalog does not show. */
export type Change = 'record' | 'progress';

/** Changes in quick succession are told as one. */
const QUIET_MS = 100;

/**
 * Tells others that a cluster's record changed: the catalog by an event, the browsers of those who own it or with whom it is shared by a signal. Only
 * the id is told; whoever wants more reads the record, with their own permissions.
 */
export class ClusterChanges {
  readonly #deps: {
    clusters: ClusterStore;
    events: EventsService;
    logger: LoggerService;
    signals: SignalsService;
  };
  readonly #pending = new Map<
    string,
    { what: Change; formerEnvironment?: string; timer: NodeJS.Timeout }
  >();

  constructor(deps: {
    clusters: ClusterStore;
    events: EventsService;
    logger: LoggerService;
    signals: SignalsService;
  }) {
    this.#deps = deps;
  }

  /**
   * Notes a change; it is told a moment later. Never throws.
   *
   * @param formerEnvironment - where the cluster lived, when it moved
   */
  changed(
    clusterId: string,
    what: Change = 'record',
    formerEnvironment?: string,
  ): void {
    const pending = this.#pending.get(clusterId);
    // It moved twice at once: both are told, for it was seen in both.
    if (pending && !(pending.formerEnvironment && formerEnvironment)) {
      pending.what = pending.what === 'record' ? 'record' : what;
      pending.formerEnvironment ??= formerEnvironment;
      return;
    }
    if (pending) this.#flush(clusterId);
    const timer = setTimeout(() => this.#flush(clusterId), QUIET_MS);
    timer.unref();
    this.#pending.set(clusterId, { what, formerEnvironment, timer });
  }

  #flush(clusterId: string): void {
    const { what, formerEnvironment, timer } = this.#pending.get(clusterId)!;
    clearTimeout(timer);
    this.#pending.delete(clusterId);
    void this.#tell(clusterId, what, formerEnvironment);
  }

  /** Forgets what was not told yet: readers read everything again when they start. */
  stop(): void {
    this.#pending.forEach(({ timer }) => clearTimeout(timer));
    this.#pending.clear();
  }

  async #tell(
    clusterId: string,
    what: Change,
    formerEnvironment?: string,
  ): Promise<void> {
    const { clusters, events, logger, signals } = this.#deps;
    const payload: ClusterChangedPayload = { clusterId };
    try {
      if (what === 'record') {
        await events.publish({
          topic: CLUSTERS_TOPIC,
          eventPayload: {
            ...payload,
            ...(formerEnvironment && { formerEnvironment }),
          } satisfies ClusterChangedPayload,
        });
      }
      const cluster = await clusters.get(clusterId);
      if (cluster) {
        await signals.publish({
          recipients: {
            type: 'user',
            entityRef: [
              ...new Set([
                cluster.owner,
                cluster.environmentOwner,
                ...cluster.shares.map(({ subject }) => subject),
              ]),
            ],
          },
          channel: CLUSTERS_CHANNEL,
          message: payload,
        });
      }
    } catch (error) {
      // The catalog reads everything again every few minutes, and pages poll: a lost message only costs time.
      logger.warn('Could not tell that a cluster changed', {
        clusterId,
        error: String(error),
      });
    }
  }
}
