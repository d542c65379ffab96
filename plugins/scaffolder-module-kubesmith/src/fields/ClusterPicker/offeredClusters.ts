import type { KubesmithApi } from '@kubesmith/plugin-kubesmith';
import {
  type Cluster,
  CLUSTER_NAMESPACE,
} from '@kubesmith/plugin-kubesmith-common';
import type { ClusterPickerOptions } from './schema';

/** As many as the API gives at once. */
const MOST = 500;

const CLUSTER_REF = new RegExp(
  `^resource:${CLUSTER_NAMESPACE}/([a-z0-9-]{1,63})\\.([a-z0-9-]{1,63})$`,
);

/**
 * The clusters that the field offers: those on which the user may begin an operation now, or all that the user sees.
 *
 * @param options.chosen - entity ref of the one that is filled in: where there are more than the field can show, it is looked up
 */
export async function listOfferedClusters(
  kubesmithApi: Pick<KubesmithApi, 'listClusters'>,
  options: ClusterPickerOptions & { chosen?: string },
): Promise<Cluster[]> {
  const { operation, chosen } = options;
  const query = { limit: MOST, operation };
  const { items, total } = await kubesmithApi.listClusters(query);
  const isChosen = ({ entityRef }: Cluster) => entityRef === chosen;
  const ref = chosen?.match(CLUSTER_REF);
  if (!ref || total <= items.length || items.some(isChosen)) return items;
  const [, environment, name] = ref;
  const { items: alike } = await kubesmithApi.listClusters({
    ...query,
    environment,
    search: name,
  });
  return [...items, ...alike.filter(isChosen)];
}
