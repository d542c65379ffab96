import { testConfig } from '../__testUtils__/config';
import type { ClusterRecord, NodeRecord } from '../database/records';
import { formatMarker } from '../tools/proxmox/marker';
import { judgeOther } from './judgeOthers';
import type { OtherMachine } from './lookAtMachines';
import type { KnownCluster } from './records';

const environment = testConfig().environments[1];
const clusterId = '11111111-1111-4111-8111-111111111111';
const operationId = '22222222-2222-4222-8222-222222222222';

const node = {
  clusterId,
  name: 'demo-w-1',
  vmid: 30_001,
  operationId,
  state: 'ready',
  smbiosUuid: '33333333-3333-4333-8333-333333333333',
} as NodeRecord;

const other: OtherMachine = {
  environment,
  vm: {
    vmid: 30_001,
    name: 'demo-w-1',
    node: 'pve1',
    status: 'running',
    pool: environment.proxmox.pool,
    template: false,
  },
  config: {
    name: 'demo-w-1',
    description: formatMarker({
      clusterId,
      nodeName: 'demo-w-1',
      operationId,
    }),
    smbios1: `uuid=${node.smbiosUuid}`,
  },
  marker: { clusterId, nodeName: 'demo-w-1', operationId },
};

const known = (phase: ClusterRecord['phase'], nodes: NodeRecord[]) =>
  ({
    cluster: { id: clusterId, name: 'demo', phase } as ClusterRecord,
    nodes,
    version: '',
    isBusy: false,
  } satisfies KnownCluster);

/** The kind of what is said of a machine, and what would be done about it. */
const judge = (...given: Parameters<typeof judgeOther>) => {
  const judged = judgeOther(...given);
  return judged && [judged.kind, judged.repair?.what];
};

describe('judgeOther', () => {
  it('should say nothing of a machine that is a live node’s after all', () => {
    expect(judge(other, known('ready', [node]))).toBe(undefined);
  });

  it('should take a machine for an orphan only when everything proves it', () => {
    const removed = { ...node, state: 'deleted', removedAt: 1 } as NodeRecord;
    const orphan = ['orphan-machine', 'remove-machine'];
    const unknown = ['unknown-machine', undefined];
    expect(judge(other, known('deleted', [removed]))).toEqual(orphan);
    // Of a cluster that goes on without this node.
    expect(judge(other, known('ready', [removed]))).toEqual(orphan);
    for (const change of [
      { vmid: 30_002 },
      { name: 'demo-w-2' },
      { operationId: clusterId },
    ])
      expect(
        judge(other, known('deleted', [{ ...removed, ...change }])),
      ).toEqual(unknown);
    const elsewhere = { ...other, vm: { ...other.vm, pool: 'another' } };
    expect(judge(elsewhere, known('deleted', [removed]))).toEqual(unknown);
    expect(judge(other, undefined)).toEqual(unknown);
  });

  it('should call a machine foreign that bears no mark, or may not be read', () => {
    const unmarked = { ...other, marker: undefined };
    expect(judge(unmarked, undefined)).toEqual(['foreign-machine', undefined]);
    expect(
      judgeOther({ ...unmarked, config: undefined }, undefined)?.detail,
    ).toContain('the portal may not read it');
  });
});
