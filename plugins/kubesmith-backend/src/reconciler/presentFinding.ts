import type { Finding } from '@kubesmith/plugin-kubesmith-common';
import { repairsItself } from './kinds';
import type { FindingRecord } from './records';

/** A finding as the API shows it. */
export function presentFinding(record: FindingRecord): Finding {
  const iso = (time: number | undefined) =>
    time === undefined ? undefined : new Date(time).toISOString();
  return {
    id: record.id,
    kind: record.kind,
    environment: record.environment,
    clusterId: record.clusterId,
    vmid: record.vmid,
    detail: record.detail,
    nextStep: record.nextStep,
    sightings: record.sightings,
    repairsItself: repairsItself(record.kind),
    firstSeenAt: iso(record.firstSeenAt)!,
    lastSeenAt: iso(record.lastSeenAt)!,
    endedAt: iso(record.endedAt),
    repairedAt: iso(record.repairedAt),
    repair: record.repair,
  };
}
