import { randomUUID } from 'node:crypto';
import type { LoggerService } from '@backstage/backend-plugin-api';
import type { GrantRole } from '@kubesmith/plugin-kubesmith-common';
import { apiServerUrl } from '../api/present';
import type { ClusterRecord, GrantRecord } from '../database/records';
import { StepError } from '../engine/failures';
import { conflict, unavailable } from '../errors/apiErrors';
import type { KubectlRunner } from '../tools/ssh/kubectl';
import type { GrantStore } from './GrantStore';
import { buildKubeconfig } from './kubeconfig';
import { GRANTS_NAMESPACE, grantManifests, grantRemoval } from './manifests';

const KUBECTL_TIMEOUT_MS = 30_000;
const HOUR_MS = 3_600_000;
const EXPIRED_PER_TURN = 200;

/**
 * Issues kubeconfigs. Each has a ServiceAccount of its own and a token that is bound to a Secret of its own: without the
 * Secret, the token is worth nothing. The token goes to the caller and is kept nowhere.
 */
export class GrantService {
  readonly #deps: {
    grants: GrantStore;
    kubectl: KubectlRunner;
    logger: LoggerService;
  };

  constructor(deps: {
    grants: GrantStore;
    kubectl: KubectlRunner;
    logger: LoggerService;
  }) {
    this.#deps = deps;
  }

  /**
   * Issues a kubeconfig. The cluster may give a shorter time than asked for.
   *
   * @returns the record, and the text that exists nowhere else
   */
  async issue(
    cluster: ClusterRecord,
    request: { userRef: string; role: GrantRole; hours: number },
  ): Promise<{ grant: GrantRecord; kubeconfig: string }> {
    if (
      !cluster.everReady ||
      !cluster.apiServerCa ||
      cluster.phase === 'deleting' ||
      cluster.phase === 'deleted'
    ) {
      throw conflict('KUBESMITH-CLUSTER-NOT-READY', {
        name: cluster.name,
        phase: cluster.phase,
      });
    }
    const id = randomUUID();
    // Recorded first: whatever happens next, what was made in the cluster can be found and removed.
    const grant = await this.#deps.grants.insert({
      id,
      clusterId: cluster.id,
      userRef: request.userRef,
      role: request.role,
      serviceAccount: `grant-${id}`,
      secretName: `grant-${id}`,
      lifetimeMs: Math.round(request.hours * HOUR_MS),
    });
    try {
      const { token, expiresAt } = await this.#createToken(cluster, grant);
      await this.#deps.grants.setExpiry(id, expiresAt);
      return {
        grant: { ...grant, expiresAt },
        kubeconfig: buildKubeconfig({
          environment: cluster.environment,
          cluster: cluster.name,
          server: apiServerUrl(cluster),
          ca: cluster.apiServerCa,
          user: request.userRef,
          token,
        }),
      };
    } catch (error) {
      await this.#undo(cluster, grant);
      throw error;
    }
  }

  /** Ends a kubeconfig at once. Of a cluster that is gone, only the record is left to change. */
  async revoke(
    cluster: ClusterRecord,
    grant: GrantRecord,
  ): Promise<GrantRecord> {
    if (grant.revokedAt === undefined) {
      if (cluster.phase !== 'deleted') {
        await this.#remove(cluster, grant);
      }
      await this.#deps.grants.markRevoked(grant.id);
    }
    return (await this.#deps.grants.get(grant.id))!;
  }

  /**
   * Removes what is left in clusters of kubeconfigs whose time is over. Their tokens are worth nothing any more; this keeps
   * clusters tidy. What cannot be reached now is tried at the next call.
   */
  async cleanUp(
    find: (clusterId: string) => Promise<ClusterRecord | undefined>,
  ): Promise<void> {
    const unreachable = new Set<string>();
    for (const grant of await this.#deps.grants.listExpired(EXPIRED_PER_TURN)) {
      const cluster = await find(grant.clusterId);
      if (!cluster || unreachable.has(cluster.id)) {
        continue;
      }
      try {
        await this.revoke(cluster, grant);
      } catch {
        // Logged where it happened.
        unreachable.add(cluster.id);
      }
    }
  }

  async #createToken(
    cluster: ClusterRecord,
    grant: GrantRecord,
  ): Promise<{ token: string; expiresAt: number }> {
    await this.#kubectl(
      cluster,
      ['apply', '-f', '-'],
      JSON.stringify(grantManifests(grant)),
    );
    const seconds = Math.round((grant.expiresAt - grant.createdAt) / 1000);
    const answer = await this.#kubectl(cluster, [
      'create',
      'token',
      grant.serviceAccount,
      '--namespace',
      GRANTS_NAMESPACE,
      '--bound-object-kind',
      'Secret',
      '--bound-object-name',
      grant.secretName,
      '--duration',
      `${seconds}s`,
      '--output',
      'json',
    ]);
    const status = readTokenStatus(answer);
    if (!status) {
      throw this.#unreachable(cluster, 'its answer held no token.');
    }
    return {
      token: status.token,
      expiresAt: Date.parse(status.expirationTimestamp),
    };
  }

  async #remove(cluster: ClusterRecord, grant: GrantRecord): Promise<void> {
    await this.#kubectl(
      cluster,
      ['delete', '--ignore-not-found', '--wait=false', '-f', '-'],
      JSON.stringify(grantRemoval(grant)),
    );
  }

  /** Removes what was half made. If that fails too, the grant stays on the list as active, and can be revoked. */
  async #undo(cluster: ClusterRecord, grant: GrantRecord): Promise<void> {
    try {
      await this.#remove(cluster, grant);
      await this.#deps.grants.markRevoked(grant.id);
    } catch (error) {
      this.#deps.logger.warn('A kubeconfig that failed was not cleaned up', {
        clusterId: cluster.id,
        grantId: grant.id,
        error: String(error),
      });
    }
  }

  /** What kubectl wrote; 503 when it did not work. Its output is never shown, for it may hold the token. */
  async #kubectl(
    cluster: ClusterRecord,
    argv: string[],
    stdin?: string,
  ): Promise<string> {
    const result = await this.#deps.kubectl
      .run(cluster.id, argv, { stdin, timeoutMs: KUBECTL_TIMEOUT_MS })
      .catch(error => {
        this.#deps.logger.warn('kubectl could not be run', {
          clusterId: cluster.id,
          verb: argv[0],
          error: String(error),
        });
        throw this.#unreachable(
          cluster,
          error instanceof StepError ? error.message : 'it could not be asked.',
        );
      });
    if (result.code !== 0) {
      this.#deps.logger.warn('kubectl failed', {
        clusterId: cluster.id,
        verb: argv[0],
        code: result.code ?? undefined,
        stderr: result.stderr.slice(0, 2000),
      });
      throw this.#unreachable(
        cluster,
        `kubectl ${argv[0]} ended with ${result.code}.`,
      );
    }
    return result.stdout;
  }

  #unreachable(cluster: ClusterRecord, detail: string) {
    return unavailable('KUBESMITH-CLUSTER-UNREACHABLE', {
      name: cluster.name,
      detail,
    });
  }
}

function readTokenStatus(
  answer: string,
): { token: string; expirationTimestamp: string } | undefined {
  try {
    const { status } = JSON.parse(answer);
    return typeof status?.token === 'string' &&
      !Number.isNaN(Date.parse(status?.expirationTimestamp))
      ? status
      : undefined;
  } catch {
    // Not JSON; the text may be anything and is not repeated.
    return undefined;
  }
}
