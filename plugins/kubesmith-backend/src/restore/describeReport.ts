import type { ClusterRecord } from '../database/records';
import type { RestoreReport } from './compareRecords';
import type { DatabaseStatus } from './RestoreStore';

/** The comparison as lines for an administrator. */
export function describeReport(
  report: RestoreReport,
  held: ClusterRecord[],
  restore: DatabaseStatus['restore'],
): string[] {
  const { affected, agreeing, cards, unknown } = report;
  const lines = [
    restore
      ? `Restored backup, noticed ${new Date(
          restore.detectedAt,
        ).toISOString()}. ${restore.reason}`
      : 'This database is not known to be restored.',
    `${agreeing} clusters agree with their machines, ${affected.length} differ, ${unknown.length} machines are unknown.`,
  ];
  for (const { cluster, differences } of affected) {
    lines.push(`${title(cluster)} ${cluster.id}`);
    lines.push(...differences.map(text => `  ${text}`));
  }
  const agreeingNow = held.filter(
    ({ id }) => !affected.some(({ cluster }) => cluster.id === id),
  );
  for (const cluster of agreeingNow)
    lines.push(`${title(cluster)} ${cluster.id}`, '  held; it agrees now');
  for (const clusterId of new Set(unknown.map(vm => vm.clusterId))) {
    const card = cards.get(clusterId);
    lines.push(
      card
        ? `unknown cluster ${card.environment}/${card.name} of ${card.owner} ${clusterId}, API address ${card.vip}`
        : `unknown cluster ${clusterId}; its folder is not here, so its API address is unknown and may be given out again`,
      ...unknown
        .filter(vm => vm.clusterId === clusterId)
        .map(
          ({ address, host, node, vmid }) =>
            `  machine ${vmid} on ${host}: ${node}${
              address ? ` (${address})` : ''
            }`,
        ),
    );
  }
  if (held.length > 0 || restore)
    lines.push(
      `${held.length} clusters are held${
        restore ? ', and new orders wait' : ''
      }. --cluster ID releases one, --all releases all of them and allows orders; nothing goes on by itself, people press "Retry" or delete.`,
    );
  return lines;
}

function title({
  environment,
  name,
  phase,
}: Pick<ClusterRecord, 'environment' | 'name' | 'phase'>): string {
  return `${environment}/${name} (${phase})`;
}
