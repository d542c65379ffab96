import type { NodeRecord } from '../../../database/records';
import { planScale } from './planScale';

const node = (name: string, values: Partial<NodeRecord> = {}): NodeRecord => ({
  id: name,
  clusterId: 'c',
  name,
  role: name.includes('-cp-') ? 'control-plane' : 'worker',
  state: 'ready',
  vmid: 1,
  host: 'pve1',
  ipAddress: '10.0.0.1',
  macAddress: '02:00:00:00:00:01',
  smbiosUuid: name,
  vcpu: 2,
  memoryMiB: 4096,
  diskGiB: 20,
  operationId: 'o',
  createdAt: 1,
  ...values,
});

const nodes = [
  node('demo-cp-1'),
  node('demo-w-1'),
  node('demo-w-2'),
  node('demo-w-3', { removedAt: 2, state: 'deleted' }),
];
const plan = (workers: number, remove?: string[], records = nodes) => {
  const answer = planScale(
    { name: 'demo' },
    records,
    { workers, remove },
    { maxWorkers: 5 },
  );
  return {
    added: answer.plan?.added,
    completed: answer.plan?.completed.map(({ name }) => name),
    removed: answer.plan?.removed.map(({ name }) => name),
    codes: answer.problems.map(({ field, code }) => `${field} ${code}`),
  };
};

describe('planScale', () => {
  it('adds numbers that no node ever had', () => {
    expect(plan(4)).toEqual({
      added: ['demo-w-4', 'demo-w-5'],
      completed: [],
      removed: [],
      codes: [],
    });
  });

  it('removes the newest, unless others are chosen', () => {
    expect(plan(1).removed).toEqual(['demo-w-2']);
    expect(plan(1, ['demo-w-1']).removed).toEqual(['demo-w-1']);
  });

  it('replaces a chosen one when the number stays', () => {
    expect(plan(2, ['demo-w-1'])).toMatchObject({
      added: ['demo-w-4'],
      removed: ['demo-w-1'],
    });
  });

  it('refuses when all is as wanted', () => {
    expect(plan(2).codes).toEqual(['workers KUBESMITH-SCALE-NOTHING']);
  });

  it('completes what an earlier one left half made', () => {
    const records = [...nodes, node('demo-w-4', { state: 'created' })];
    expect(plan(3, undefined, records)).toEqual({
      added: [],
      completed: ['demo-w-4'],
      removed: [],
      codes: [],
    });
  });

  it('removes what is half made before what works, and what is half removed always', () => {
    const [cp, first, second] = nodes;
    const records = [
      cp,
      { ...first, state: 'planned' as const },
      second,
      node('demo-w-4', { state: 'leaving' }),
    ];
    expect(plan(1, undefined, records)).toMatchObject({
      completed: [],
      removed: ['demo-w-4', 'demo-w-1'],
    });
    expect(plan(2, undefined, records)).toMatchObject({
      completed: ['demo-w-1'],
      removed: ['demo-w-4'],
    });
  });

  it.each([0, -1, 6, 1.5, Number.NaN])('refuses %d workers', workers => {
    expect(plan(workers).codes).toEqual([
      'workers KUBESMITH-SCALE-WORKERS-INVALID',
    ]);
  });

  it('refuses nodes that there are not, and the control plane', () => {
    expect(plan(1, ['demo-w-3', 'x', 'demo-cp-1']).codes).toEqual([
      'remove KUBESMITH-WORKER-UNKNOWN',
      'remove KUBESMITH-WORKER-UNKNOWN',
      'remove KUBESMITH-NODE-NOT-REMOVABLE',
    ]);
  });
});
