import type { LoggerService } from '@backstage/backend-plugin-api';
import type { ClusterStore } from '../database/ClusterStore';
import type {
  ClusterRecord,
  GrantEndReason,
  GrantRecord,
} from '../database/records';
import type { CallerAccess } from '../permissions/ClusterAccess';
import { covers, namespacesOf, scopeOf } from '../permissions/accessScope';
import { isPolicyEngineOther } from '../permissions/policyEngineErrors';
import type { GrantStore } from './GrantStore';

const PEOPLE_AT_ONCE = 4;

type Deps = {
  access: { ofPerson(userRef: string): Promise<CallerAccess> };
  clusters: Pick<ClusterStore, 'getByIds'>;
  grants: Pick<GrantStore, 'listLive' | 'requestEnd'>;
  logger: LoggerService;
  /** Called for each kubeconfig that is to end from now on. */
  onEnd: (
    grant: GrantRecord,
    cluster: ClusterRecord,
    reason: GrantEndReason,
  ) => Promise<void>;
};

/**
 * Ends kubeconfigs whose right has ended: the policies, a share or the membership in a group is not what it was when they
 * were issued. Only notes that they are to end; the {@link GrantSweeper} removes them from their clusters.
 */
export class GrantRights {
  readonly #deps: Deps;
  #toldOfEngine = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * Looks at every kubeconfig that works. When a person's rights cannot be learnt, nothing of that person's is ended because
   * of it: not to know is no answer. The next turn asks again.
   */
  async check(): Promise<void> {
    const { clusters, grants } = this.#deps;
    const live = await grants.listLive();
    const ids = [...new Set(live.map(({ clusterId }) => clusterId))];
    const records = new Map(
      (await clusters.getByIds(ids)).flatMap(record =>
        record ? [[record.id, record] as const] : [],
      ),
    );
    const byPerson = new Map<string, GrantRecord[]>();
    for (const grant of live) {
      byPerson.set(grant.userRef, [
        ...(byPerson.get(grant.userRef) ?? []),
        grant,
      ]);
    }
    const people = [...byPerson];
    const worker = async () => {
      for (let next = people.pop(); next; next = people.pop())
        await this.#checkPerson(next[0], next[1], records);
    };
    await Promise.all(Array.from({ length: PEOPLE_AT_ONCE }, worker));
  }

  async #checkPerson(
    userRef: string,
    grants: GrantRecord[],
    clusters: ReadonlyMap<string, ClusterRecord>,
  ): Promise<void> {
    const holds = await this.#rightsOf(userRef);
    for (const grant of grants) {
      const cluster = clusters.get(grant.clusterId);
      if (!cluster || !holds || holds(grant, cluster)) continue;
      const reason = sharesHold(grant, cluster) ? 'right-ended' : 'share-ended';
      // Another replica may look at the same moment.
      if (await this.#deps.grants.requestEnd(grant.id, reason))
        await this.#deps.onEnd(grant, cluster, reason);
    }
  }

  /** Says whether a kubeconfig of the person is still right; undefined when that cannot be known now. */
  async #rightsOf(
    userRef: string,
  ): Promise<
    ((grant: GrantRecord, cluster: ClusterRecord) => boolean) | undefined
  > {
    const { access, logger } = this.#deps;
    try {
      const allowed = await access.ofPerson(userRef);
      return (grant, cluster) =>
        covers(scopeOf(allowed, grant.role, cluster), grant.namespaces);
    } catch (error) {
      if (isPolicyEngineOther(error)) {
        this.#tellOfEngine();
        return sharesHold;
      }
      logger.warn(
        'Whether kubeconfigs are still right could not be found out; they stay, and it is tried again',
        { user: userRef, error: String(error) },
      );
      return undefined;
    }
  }

  #tellOfEngine() {
    if (this.#toldOfEngine) return;
    this.#toldOfEngine = true;
    this.#deps.logger.warn(
      'Ending kubeconfigs when a right or a membership ends is not available with this policy engine: they end when their time is over, when their share ends, or when somebody revokes them',
    );
  }
}

/** Whether the shares that a kubeconfig was issued by still reach as far as it does; true when it needed none. */
function sharesHold(grant: GrantRecord, cluster: ClusterRecord): boolean {
  if (!grant.shareIds) return true;
  const shares = cluster.shares.filter(({ id }) =>
    grant.shareIds!.includes(id),
  );
  if (shares.some(({ namespaces }) => !namespaces)) return true;
  return (
    shares.length > 0 &&
    covers({ namespaces: namespacesOf(shares) }, grant.namespaces)
  );
}
