import { type AskerName, askers } from './askers';
import type { Scene } from './scene';
import { type ClusterName, clusterNames, seenBy } from './standings';
import { type Tally, outcomeOf } from './Tally';

type Listing = {
  what: string;
  path: string;
  /** Names of what is listed, and how many there are said to be. */
  look: (body: any) => { names: string[]; total?: number };
  /** What `nobody` and other plugins get, when it is not what Kubesmith gives them. */
  service?: false;
};

const entityNames = (items: { metadata: { name: string } }[]) =>
  items.map(({ metadata }) => metadata.name.split('.')[1]);

const listings: Listing[] = [
  {
    what: 'listClusters',
    path: '/kubesmith/v1/clusters',
    look: ({ items, total }) => ({
      names: items.map(({ name }: { name: string }) => name),
      total,
    }),
  },
  {
    what: 'listClusters, searched',
    path: '/kubesmith/v1/clusters?search=zebra',
    look: ({ items, total }) => ({
      names: items.map(({ name }: { name: string }) => name),
      total,
    }),
  },
  {
    what: 'listClusters, one a page',
    path: '/kubesmith/v1/clusters?search=zebra&limit=1',
    look: ({ items, total }) => ({
      names: items.map(({ name }: { name: string }) => name),
      total,
    }),
  },
  {
    what: 'the catalog, by query',
    path: '/catalog/entities/by-query?filter=kind=resource&limit=100',
    look: ({ items, totalItems }) => ({
      names: entityNames(items),
      total: totalItems,
    }),
    service: false,
  },
  {
    what: 'the catalog, by full text',
    path: '/catalog/entities/by-query?filter=kind=resource&fullTextFilterTerm=zebra&fullTextFilterFields=metadata.name&limit=100',
    look: ({ items, totalItems }) => ({
      names: entityNames(items),
      total: totalItems,
    }),
    service: false,
  },
  {
    what: 'the catalog, all',
    path: '/catalog/entities?filter=kind=resource',
    look: items => ({ names: entityNames(items) }),
    service: false,
  },
  {
    what: 'the catalog, counted by name',
    path: '/catalog/entity-facets?facet=metadata.name&filter=kind=resource',
    look: ({ facets }) => ({
      names: facets['metadata.name'].map(
        ({ value }: { value: string }) => value.split('.')[1],
      ),
    }),
    service: false,
  },
  {
    what: 'the search',
    path: '/search/query?term=zebra&types%5B0%5D=software-catalog&pageLimit=100',
    look: ({ results }) => ({
      names: results.map(
        ({ document }: any) => /\.(zebra\w+)$/.exec(document.location)?.[1],
      ),
    }),
    service: false,
  },
];

/** All lists and counts, for one person: every cluster that they may see is there, no other one, and totals agree. */
export async function checkListings(
  scene: Scene,
  asker: AskerName,
  tally: Tally,
): Promise<void> {
  const seen: string[] = seenBy(asker);
  for (const { what, path, look, service } of listings) {
    if (asker === 'service' && service === false) continue;
    const answer = await scene.portal.call(askers[asker], 'get', path);
    if (asker === 'nobody') {
      tally.check(`nobody: ${what}`, 'who', outcomeOf(answer));
      continue;
    }
    if (answer.status !== 200) {
      tally.check(`${asker}: ${what}`, 'yes', outcomeOf(answer));
      continue;
    }
    const { names, total } = look(answer.body);
    const isPage = path.includes('limit=1') && !path.includes('limit=100');
    for (const cluster of isPage ? [] : clusterNames)
      tally.check(
        `${asker}: ${what}: ${cluster}`,
        seen.includes(cluster),
        names.includes(cluster),
      );
    tally.check(
      `${asker}: ${what}: nothing else`,
      [],
      names.filter(name => !seen.includes(name)),
    );
    if (total !== undefined)
      tally.check(`${asker}: ${what}: total`, seen.length, total);
  }
}

/** One cluster's page in the catalog, and what the catalog tells about it by other ways. */
export async function checkEntity(
  scene: Scene,
  asker: AskerName,
  cluster: ClusterName,
  tally: Tally,
): Promise<void> {
  if (asker === 'service') return;
  const { entity } = scene.clusters[cluster];
  const sees = seenBy(asker).includes(cluster);
  const expectedOfPeople = sees ? 'yes' : 'none';
  const expected = asker === 'nobody' ? 'who' : expectedOfPeople;
  const path = `/catalog/entities/by-name/resource/kubesmith/${entity}`;
  const { call } = scene.portal;
  tally.check(
    `${asker}: the entity of ${cluster}`,
    expected,
    outcomeOf(await call(askers[asker], 'get', path)),
  );
  tally.check(
    `${asker}: the ancestry of ${cluster}`,
    // Backstage's own answer to who may not see an entity: it tells that there is one, to whoever guesses its name.
    expected === 'none' ? 'no' : expected,
    outcomeOf(await call(askers[asker], 'get', `${path}/ancestry`)),
  );
  const refs = await call(askers[asker], 'post', '/catalog/entities/by-refs', {
    entityRefs: [`resource:kubesmith/${entity}`],
  });
  tally.check(
    `${asker}: ${cluster} by its ref`,
    asker === 'nobody' ? 'who' : sees,
    refs.status === 200 ? Boolean(refs.body.items[0]) : outcomeOf(refs),
  );
}
