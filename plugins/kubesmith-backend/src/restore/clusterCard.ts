import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../files/replaceFile';
import type { ClusterRecord, NodeRecord } from '../database/records';

/** Whose folder a folder below `clusters` is, for the day when the database does not know the cluster. Nothing secret. */
export interface ClusterCard {
  id: string;
  name: string;
  environment: string;
  owner: string;
  /** The pool of addresses. */
  poolId: string;
  /** Dotted address of the Kubernetes API: no machine's configuration tells it. */
  vip: string;
  nodes: Array<{ name: string; vmid: number; address: string }>;
}

const NAME = 'cluster.json';
const ID = /^[0-9a-f-]{36}$/;

function folder(dataDirectory: string, clusterId: string): string {
  return join(dataDirectory, 'clusters', clusterId);
}

/** Puts the card into the cluster's folder. */
export async function writeCard(
  dataDirectory: string,
  cluster: ClusterRecord,
  nodes: NodeRecord[],
): Promise<void> {
  const card: ClusterCard = {
    id: cluster.id,
    name: cluster.name,
    environment: cluster.environment,
    owner: cluster.owner,
    poolId: cluster.poolId,
    vip: cluster.vip,
    nodes: nodes.map(({ name, vmid, ipAddress }) => ({
      name,
      vmid,
      address: ipAddress,
    })),
  };
  const directory = folder(dataDirectory, cluster.id);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const text = JSON.stringify(card, undefined, 2);
  await replaceFile(join(directory, NAME), `${text}\n`);
}

/** The card of a cluster; undefined when its folder is in another replica's data directory. */
export async function readCard(
  dataDirectory: string,
  clusterId: string,
): Promise<ClusterCard | undefined> {
  // It comes out of a machine's description.
  if (!ID.test(clusterId)) return undefined;
  try {
    return JSON.parse(
      await readFile(join(folder(dataDirectory, clusterId), NAME), 'utf8'),
    ) as ClusterCard;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
