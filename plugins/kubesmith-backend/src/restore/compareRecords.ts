import type { EnvironmentConfig } from '../config/types';
import type { ClusterStore } from '../database/ClusterStore';
import type { ClusterRecord, NodeRecord } from '../database/records';
import type { OperationStore } from '../engine/OperationStore';
import { type Finding, survey } from '../steps/machines/survey';
import { parseMarker } from '../tools/proxmox/marker';
import type { ProxmoxClient } from '../tools/proxmox/ProxmoxClient';
import { PveError } from '../tools/proxmox/PveError';
import { type ClusterCard, readCard } from './clusterCard';

/** A cluster whose record and machines do not agree, or that was in the middle of something. */
export interface AffectedCluster {
  cluster: ClusterRecord;
  /** Each completes a list for people. */
  differences: string[];
}

/** A machine that bears our marker and that the records do not know. */
export interface UnknownMachine {
  vmid: number;
  /** The Proxmox host. */
  host: string;
  node: string;
  clusterId: string;
  /** The Proxmox pool. */
  pool: string;
  /** Dotted, as cloud-init was told. */
  address?: string;
}

/** What differs between records and Proxmox. */
export interface RestoreReport {
  affected: AffectedCluster[];
  /** Clusters whose records and machines agree. */
  agreeing: number;
  unknown: UnknownMachine[];
  /** What the data directory knows of the clusters of unknown machines, by cluster id. */
  cards: Map<string, ClusterCard>;
}

/** What a comparison works with. */
export interface ComparisonDeps {
  clusters: ClusterStore;
  operations: OperationStore;
  proxmox: ProxmoxClient;
  environments: EnvironmentConfig[];
  dataDirectory: string;
}

const PAGE = 200;
const MACHINES_AT_ONCE = 20;

/** Compares all records with the machines that are proven ours. Reads only. Fails when Proxmox does not answer. */
export async function compareRecords(
  deps: ComparisonDeps,
  signal: AbortSignal,
): Promise<RestoreReport> {
  const clusters = await allClusters(deps.clusters);
  const nodes = await deps.clusters.nodesOf(clusters.map(({ id }) => id));
  const affected: AffectedCluster[] = [];
  for (const cluster of clusters) {
    const differences = await differencesOf(
      deps,
      cluster,
      (nodes.get(cluster.id) ?? []).filter(
        ({ removedAt }) => removedAt === undefined,
      ),
      signal,
    );
    if (differences.length > 0) affected.push({ cluster, differences });
  }
  const unknown = await unknownMachines(
    deps,
    new Set(
      [...nodes.values()]
        .flat()
        .map(node => `${node.clusterId}/${node.name}/${node.vmid}`),
    ),
    signal,
  );
  const cards = new Map<string, ClusterCard>();
  for (const clusterId of new Set(unknown.map(vm => vm.clusterId))) {
    const card = await readCard(deps.dataDirectory, clusterId);
    if (card) cards.set(clusterId, card);
  }
  return {
    affected,
    agreeing: clusters.length - affected.length,
    unknown,
    cards,
  };
}

async function allClusters(store: ClusterStore): Promise<ClusterRecord[]> {
  const all: ClusterRecord[] = [];
  for (;;) {
    const { items } = await store.list({ limit: PAGE, offset: all.length });
    all.push(...items);
    if (items.length < PAGE) return all;
  }
}

async function differencesOf(
  deps: ComparisonDeps,
  cluster: ClusterRecord,
  nodes: NodeRecord[],
  signal: AbortSignal,
): Promise<string[]> {
  const differences = (await deps.operations.live(cluster.id)).map(
    ({ kind }) => `an operation (${kind}) was going on`,
  );
  const environment = deps.environments.find(
    ({ name }) => name === cluster.environment,
  );
  if (!environment)
    return [
      ...differences,
      `its environment '${cluster.environment}' is not in the configuration`,
    ];
  const findings = await survey(
    deps.proxmox,
    nodes,
    environment.proxmox.pool,
    signal,
  );
  return [...differences, ...findings.flatMap(differenceOf)];
}

function differenceOf(finding: Finding): string[] {
  const { node } = finding;
  const machine = `machine ${node.vmid} of ${node.name}`;
  const recorded = node.state !== 'planned';
  switch (finding.state) {
    case 'ours':
      return recorded
        ? []
        : [`${machine} is there and was not made yet by the records`];
    case 'absent':
      return recorded ? [`${machine} is gone`] : [];
    case 'foreign':
      return [`${machine} is not the recorded one: ${finding.reason}`];
    case 'busy':
      return [`${machine} is being worked on (lock: ${finding.lock})`];
    default:
      return [`${machine} cannot be seen by the portal`];
  }
}

async function unknownMachines(
  deps: ComparisonDeps,
  known: Set<string>,
  signal: AbortSignal,
): Promise<UnknownMachine[]> {
  const pools = deps.environments.map(({ proxmox }) => proxmox.pool);
  const candidates = (await deps.proxmox.vms({ signal })).filter(
    vm => !vm.template && vm.pool !== undefined && pools.includes(vm.pool),
  );
  const found: UnknownMachine[] = [];
  for (let from = 0; from < candidates.length; from += MACHINES_AT_ONCE) {
    await Promise.all(
      candidates.slice(from, from + MACHINES_AT_ONCE).map(async vm => {
        const config = await deps.proxmox
          .vmConfig(vm.node, vm.vmid, { signal })
          .catch(error => {
            // It went away since the list was made.
            if (error instanceof PveError && error.isMissing) return undefined;
            throw error;
          });
        const marker = parseMarker(config?.description);
        if (!marker) return;
        const { clusterId, nodeName } = marker;
        if (known.has(`${clusterId}/${nodeName}/${vm.vmid}`)) return;
        found.push({
          vmid: vm.vmid,
          host: vm.node,
          node: nodeName,
          clusterId,
          pool: vm.pool!,
          address: /(?:^|,)ip=([0-9.]+)\//.exec(
            String(config?.ipconfig0 ?? ''),
          )?.[1],
        });
      }),
    );
  }
  return found.sort((a, b) => a.vmid - b.vmid);
}
