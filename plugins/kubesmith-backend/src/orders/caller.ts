import type { OrderResource } from '@kubesmith/plugin-kubesmith-node';
import type { EnvironmentConfig } from '../config/types';

/** Who asks. */
export interface Caller {
  /** Entity ref of the user. */
  userRef: string;
  /** The user's own ref and those of the user's groups. */
  claims: string[];
}

/** Who orders. */
export interface Orderer extends Caller {
  /** Whether the policies allow an order. */
  mayOrder(order: OrderResource): boolean;
}

/** An order in an environment, as policies see it. */
export function toOrderResource(
  environment: EnvironmentConfig,
  order: Pick<OrderResource, 'owner' | 'size' | 'kubernetesVersion'>,
): OrderResource {
  return {
    ...order,
    environment: environment.name,
    environmentOwner: environment.owner,
    environmentMembers: environment.members,
  };
}

/** In whose names the orderer can order something there: the orderer's own, or one of the orderer's groups'. */
function possibleOrders(environment: EnvironmentConfig, orderer: Orderer) {
  const owners = [...new Set([orderer.userRef, ...orderer.claims])];
  return owners.flatMap(owner =>
    environment.sizes.flatMap(({ name: size }) =>
      environment.kubernetesVersions
        .map(kubernetesVersion => ({ owner, size, kubernetesVersion }))
        .filter(order => orderer.mayOrder(toOrderResource(environment, order))),
    ),
  );
}

/** The environments in which the orderer may order, with the sizes and versions that are left to choose from. */
export function orderableEnvironments(
  environments: readonly (EnvironmentConfig & { retired?: boolean })[],
  orderer: Orderer,
): EnvironmentConfig[] {
  return environments.flatMap(environment => {
    if (environment.retired) return [];
    const possible = possibleOrders(environment, orderer);
    const sizes = new Set(possible.map(({ size }) => size));
    const versions = new Set(
      possible.map(({ kubernetesVersion }) => kubernetesVersion),
    );
    return possible.length === 0
      ? []
      : [
          {
            ...environment,
            sizes: environment.sizes.filter(({ name }) => sizes.has(name)),
            kubernetesVersions: environment.kubernetesVersions.filter(version =>
              versions.has(version),
            ),
          },
        ];
  });
}
