import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import type { KubesmithService } from './service';

/** The most that the API gives at once. */
const PAGE = 500;

/**
 * All live clusters that these credentials may see, page by page. One that was added meanwhile may come twice, so they are
 * told apart by id.
 * @public
 */
export async function listAllClusters(
  kubesmith: Pick<KubesmithService, 'listClusters'>,
  options: { credentials: BackstageCredentials },
  filter: { environment?: string } = {},
): Promise<Cluster[]> {
  const byId = new Map<string, Cluster>();
  for (let offset = 0; ; offset += PAGE) {
    const { items, total } = await kubesmith.listClusters(
      { ...filter, limit: PAGE, offset },
      options,
    );
    items.forEach(cluster => byId.set(cluster.id, cluster));
    if (items.length < PAGE || offset + PAGE >= total) {
      return [...byId.values()];
    }
  }
}
