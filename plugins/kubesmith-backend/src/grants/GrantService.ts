import { randomUUID } from 'node:crypto';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { ServiceUnavailableError } from '@backstage/errors';
import { apiServerUrl } from '../clusters/apiServer';
import { isAsleep } from '../clusters/asleep';
import type { ClusterRecord, GrantRecord } from '../database/records';
import { StepError } from '../engine/failures';
import { conflict, unavailable } from '../errors/apiErrors';
import { SecretUnreadableError } from '../secrets/sealing';
import type { KubectlRunner } from '../tools/ssh/kubectl';
import type { GrantStore } from './GrantStore';
import type { HostKeyAlarm } from './HostKeyAlarm';
import { buildKubeconfig } from './kubeconfig';
import { grantObjectName } from './grantObjectName';
import { GRANTS_NAMESPACE, grantManifests, grantRemoval } from './manifests';
import { HOUR_MS } from '../time';

const KUBECTL_TIMEOUT_MS = 30_000;

/** What is asked for. */
export type GrantRequest = Pick<
  GrantRecord,
  'userRef' | 'role' | 'namespaces' | 'shareIds'
> & { hours: number };

/** What issuing and ending needs. */
export type GrantServiceDeps = {
  alarm: Pick<HostKeyAlarm, 'raise' | 'clear'>;
  grants: GrantStore;
  kubectl: KubectlRunner;
  logger: LoggerService;
};

/**
 * Issues kubeconfigs. Each has a ServiceAccount of its own and a token that is bound to a Secret of its own: without the
 * Secret, the token is worth nothing. The token goes to the caller and is kept nowhere.
 */
export class GrantService {
  readonly #deps: GrantServiceDeps;

  constructor(deps: GrantServiceDeps) {
    this.#deps = deps;
  }

  /**
   * Issues a kubeconfig. The cluster may give a shorter time than asked for.
   *
   * @returns the record, and the text that exists nowhere else
   */
  async issue(
    cluster: ClusterRecord,
    request: GrantRequest,
  ): Promise<{ grant: GrantRecord; kubeconfig: string }> {
    if (isAsleep(cluster))
      throw conflict('KUBESMITH-CLUSTER-ASLEEP', { name: cluster.name });
    if (
      !cluster.everReady ||
      !cluster.apiServerCa ||
      cluster.phase === 'waking' ||
      cluster.phase === 'deleting' ||
      cluster.phase === 'deleted'
    ) {
      throw conflict('KUBESMITH-CLUSTER-NOT-READY', {
        name: cluster.name,
        phase: cluster.phase,
      });
    }
    const id = randomUUID();
    const name = grantObjectName(request.userRef, id);
    // Recorded first: whatever happens next, what was made in the cluster can be found and removed.
    const grant = await this.#deps.grants.insert({
      id,
      clusterId: cluster.id,
      userRef: request.userRef,
      role: request.role,
      namespaces: request.namespaces,
      shareIds: request.shareIds,
      serviceAccount: name,
      secretName: name,
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
          namespace: request.namespaces?.[0],
          token,
        }),
      };
    } catch (error) {
      await this.#undo(cluster, grant);
      throw error;
    }
  }

  /**
   * Ends a kubeconfig at once. Of a cluster that is gone, only the record is left to change. When the cluster cannot be asked,
   * this fails, and the {@link GrantSweeper} goes on until it is done. Of one that sleeps, nobody can use it; it ends as soon as
   * the cluster wakes.
   */
  async revoke(
    cluster: ClusterRecord,
    grant: GrantRecord,
  ): Promise<GrantRecord> {
    if (grant.revokedAt === undefined) {
      await this.#deps.grants.requestEnd(grant.id, 'revoked');
      try {
        if (!isAsleep(cluster)) await this.end(cluster, grant);
      } catch (error) {
        if (!(error instanceof ServiceUnavailableError)) throw error;
        throw unavailable('KUBESMITH-REVOCATION-PENDING', {
          name: cluster.name,
          detail: error.message,
        });
      }
    }
    return (await this.#deps.grants.get(grant.id))!;
  }

  /** Removes a kubeconfig from its cluster, and notes that it is done. */
  async end(cluster: ClusterRecord, grant: GrantRecord): Promise<void> {
    if (cluster.phase !== 'deleted') await this.#remove(cluster, grant);
    await this.#deps.grants.markRevoked(grant.id);
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
      .catch(error => this.#notAsked(cluster, argv[0], error));
    await this.#deps.alarm.clear(cluster);
    if (result.code !== 0) {
      this.#deps.logger.warn('kubectl failed', {
        clusterId: cluster.id,
        verb: argv[0],
        code: result.code ?? undefined,
        stderr: result.stderr.slice(0, 2000),
      });
      const namespace = argv[0] === 'apply' && missingNamespace(result.stderr);
      throw namespace
        ? conflict('KUBESMITH-NAMESPACE-MISSING', {
            name: cluster.name,
            namespace,
          })
        : this.#unreachable(
            cluster,
            `kubectl ${argv[0]} ended with ${result.code}.`,
          );
    }
    return result.stdout;
  }

  async #notAsked(
    cluster: ClusterRecord,
    verb: string,
    error: unknown,
  ): Promise<never> {
    this.#deps.logger.warn('kubectl could not be run', {
      clusterId: cluster.id,
      verb,
      error: String(error),
    });
    if (error instanceof SecretUnreadableError)
      throw unavailable('KUBESMITH-SECRET-UNREADABLE', {
        detail: error.toStepError().message,
      });
    if (!(error instanceof StepError))
      throw this.#unreachable(cluster, 'it could not be asked.');
    if (error.failure.code !== 'KUBESMITH-HOSTKEY-MISMATCH')
      throw this.#unreachable(cluster, error.message);
    await this.#deps.alarm.raise(cluster, error.failure);
    throw unavailable('KUBESMITH-HOSTKEY-MISMATCH', { detail: error.message });
  }

  #unreachable(cluster: ClusterRecord, detail: string) {
    return unavailable('KUBESMITH-CLUSTER-UNREACHABLE', {
      name: cluster.name,
      detail,
    });
  }
}

/** The namespace that kubectl did not find, if it was that. */
function missingNamespace(stderr: string): string | undefined {
  return stderr.match(/namespaces "([-a-z0-9]{1,63})" not found/)?.[1];
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
