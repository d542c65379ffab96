import type { AuthService } from '@backstage/backend-plugin-api';
import {
  type Cluster,
  type Environment,
  type PolicyFacts,
  factsOfShares,
} from '@kubesmith/plugin-kubesmith-common';
import {
  listAllClusters,
  type KubesmithService,
} from '@kubesmith/plugin-kubesmith-node';

/** A cluster with what policies look at. */
export type ClusterFacts = { cluster: Cluster; facts: PolicyFacts };

/** An environment with what policies look at in orders there. */
export type EnvironmentFacts = {
  name: string;
  title: string;
  /** Of an order by this person for themselves. */
  factsFor: (userRef: string) => PolicyFacts;
};

/** The clusters and environments that policies are about, read in the portal's own name. */
export class KubesmithRecords {
  readonly #auth: AuthService;
  readonly #kubesmith: KubesmithService;

  constructor(options: { auth: AuthService; kubesmith: KubesmithService }) {
    this.#auth = options.auth;
    this.#kubesmith = options.kubesmith;
  }

  async environments(): Promise<Environment[]> {
    const credentials = await this.#auth.getOwnServiceCredentials();
    return (await this.#kubesmith.listEnvironments({}, { credentials })).items;
  }

  /** All environments, with who may order there. */
  async environmentFacts(): Promise<EnvironmentFacts[]> {
    const credentials = await this.#auth.getOwnServiceCredentials();
    const { items } = await this.#kubesmith.listEnvironmentRecords(
      {},
      { credentials },
    );
    return items.map(({ name, title, owner, members }) => ({
      name,
      title,
      factsFor: userRef => ({
        owner: userRef,
        environment: name,
        environmentOwner: owner,
        environmentMembers: members,
      }),
    }));
  }

  /** All clusters that are not deleted. */
  async clusters(): Promise<ClusterFacts[]> {
    const owners = await this.#environmentOwners();
    const clusters = await listAllClusters(this.#kubesmith, {
      credentials: await this.#auth.getOwnServiceCredentials(),
    });
    return clusters.map(cluster => toFacts(cluster, owners));
  }

  /** One cluster. Throws what the API says, such as a 404. */
  async cluster(clusterId: string): Promise<ClusterFacts> {
    const credentials = await this.#auth.getOwnServiceCredentials();
    const [cluster, owners] = await Promise.all([
      this.#kubesmith.getCluster({ clusterId }, { credentials }),
      this.#environmentOwners(),
    ]);
    return toFacts(cluster, owners);
  }

  async #environmentOwners(): Promise<Map<string, string>> {
    return new Map(
      (await this.environments()).map(({ name, owner }) => [name, owner]),
    );
  }
}

function toFacts(
  cluster: Cluster,
  environmentOwners: Map<string, string>,
): ClusterFacts {
  return {
    cluster,
    facts: {
      owner: cluster.owner,
      environment: cluster.environment,
      ...factsOfShares(cluster.sharedWith ?? []),
      // Of an environment that is not configured any more nobody is the lead.
      environmentOwner: environmentOwners.get(cluster.environment) ?? '',
    },
  };
}
