/* eslint-disable @backstage/no-relative-monorepo-imports -- the policies that ship are files of the module */
import { readDefaultPolicies } from '../../../../../../plugins/permission-backend-module-kubesmith/src/sources/defaultPolicies';
import { askerNames, askers } from './askers';
import { clusterRoutes } from './clusterRoutes';
import { documentedRoutes } from './documentedRoutes';
import { checkEntity, checkListings } from './listings';
import { checkPolicyRoutes } from './policyRoutes';
import { portalRoutes } from './portalRoutes';
import { checkActions, checkDeletions, checkDryRuns } from './scaffolder';
import { setScene } from './scene';
import { type ClusterName, standingOf } from './standings';
import { startPortal } from './startPortal';
import { Tally, outcomeOf } from './Tally';

/** Routes whose cells are lists: see listings.ts. */
const LISTED = ['listClusters'];

const titleOf = (route: { operationId: string; how?: string }) =>
  route.how ? `${route.operationId} ${route.how}` : route.operationId;

/** Routes of the API document without a row, and rows without a route. */
export function missingRoutes(): string[] {
  const documented = documentedRoutes();
  const rows = new Set([
    ...LISTED,
    ...[...clusterRoutes, ...portalRoutes].map(row => row.operationId),
  ]);
  return [
    ...documented.filter(id => !rows.has(id)),
    ...[...rows].filter(id => !documented.includes(id)),
  ];
}

/** The policies that ship, with one viewer. */
export const shippedPolicies = (): string =>
  readDefaultPolicies().replace(
    'members: []',
    'members: [user:default/viewer]',
  );

/** Everybody tries everything with these clusters, in a portal of its own. */
export async function runMatrix(
  clusters: readonly ClusterName[],
  options: {
    policies?: string;
    /** Also runs every action of the scaffolder as everybody, which takes longer. */
    actions?: boolean;
  } = {},
): Promise<Tally> {
  const { policies = shippedPolicies(), actions = false } = options;
  const portal = await startPortal(policies);
  const tally = new Tally();
  try {
    const scene = await setScene(portal, policies);
    await portal.index();
    await Promise.all(
      askerNames.map(asker => checkListings(scene, asker, tally)),
    );
    for (const asker of askerNames)
      await checkPolicyRoutes(scene, asker, tally);
    for (const route of portalRoutes)
      for (const asker of askerNames)
        tally.check(
          `${asker}: ${titleOf(route)}`,
          route.expected[asker],
          await route.try({ scene, asker }),
        );
    for (const cluster of clusters)
      await Promise.all(
        askerNames.map(asker => checkEntity(scene, asker, cluster, tally)),
      );
    for (const asker of askerNames) await checkDryRuns(scene, asker, tally);
    if (actions) await checkActions(scene, tally);
    // The administrator comes first in no route that the others could not take after that.
    for (const route of clusterRoutes)
      for (const cluster of clusters)
        await Promise.all(
          askerNames.map(async asker =>
            tally.check(
              `${asker}: ${titleOf(route)} of ${cluster}`,
              route.expected[standingOf(asker, cluster)],
              outcomeOf(await route.try({ scene, asker, cluster })),
            ),
          ),
        );
    if (actions) await checkDeletions(scene, clusters, tally);
  } finally {
    await portal.stop();
  }
  return tally;
}

/** How many cells {@link runMatrix} has at least: a loop that skips something is told. */
export function leastCells(clusters: readonly ClusterName[]): number {
  const asking = Object.keys(askers).length;
  return (
    asking * (portalRoutes.length + clusterRoutes.length * clusters.length)
  );
}
