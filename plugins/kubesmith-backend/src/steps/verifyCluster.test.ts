import type { Knex } from 'knex';
import type { NodeRecord } from '../database/records';
import type { KubectlRunner } from '../tools/ssh/kubectl';
import type { Context } from './services';
import { verifyCluster } from './verifyCluster';

// The pauses between two looks are skipped.
jest.mock('node:timers/promises', () => ({ setTimeout: async () => {} }));

const CA = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

const ready = (
  name: string,
  overrides: { status?: string; version?: string } = {},
) => ({
  metadata: { name },
  status: {
    conditions: [{ type: 'Ready', status: overrides.status ?? 'True' }],
    nodeInfo: { kubeletVersion: overrides.version ?? 'v1.36.3' },
  },
});
const healthy = {
  nodes: { items: [ready('demo-cp-1'), ready('demo-w-1')] },
  deployment: { status: { availableReplicas: 2 } },
  endpointslices: { items: [{ endpoints: [{ conditions: { ready: true } }] }] },
  configmap: { data: { 'ca.crt': CA } },
} as Record<string, unknown>;

describe('verifyCluster', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  /** A cluster whose kubectl answers are simulated; `later` replaces them after the first round. */
  const verify = async (
    answers: Record<string, unknown>,
    later: Record<string, unknown> = answers,
    { kind = 'create', half = [] as Partial<NodeRecord>[] } = {},
  ) => {
    let rounds = 0;
    const progress: string[] = [];
    const written: unknown[] = [];
    const kubectl: KubectlRunner = {
      run: async (_, [, what]) => {
        if (what === 'nodes') rounds++;
        const answer = (rounds > 1 ? later : answers)[what];
        if (answer instanceof Error)
          return {
            stdout: '',
            stderr: `warning\n${answer.message}\n`,
            code: 1,
          };
        return {
          stdout: typeof answer === 'string' ? answer : JSON.stringify(answer),
          stderr: '',
          code: 0,
        };
      },
    };
    const nodes = [
      { name: 'demo-cp-1' },
      { name: 'demo-w-1' },
      ...half,
    ] as NodeRecord[];
    const context = {
      cluster: { id: 'c1', spec: { kubernetesVersion: '1.36.3' } },
      operation: { kind },
      services: {
        kubectl,
        clusters: {
          liveNodes: async () => nodes,
          update: async (...args: unknown[]) => written.push(args.slice(0, 2)),
          updateNode: async (...args: unknown[]) =>
            written.push(args.slice(0, 3)),
        },
      },
      signal: new AbortController().signal,
      progress: ({ message }: { message: string }) => progress.push(message),
      journal: (write: (tx: Knex.Transaction) => unknown) =>
        write({} as Knex.Transaction),
    } as unknown as Context;
    const evidence = await verifyCluster(context);
    return { evidence, progress, written };
  };

  it('should not wait for a worker that an earlier operation left half made', async () => {
    const half = [
      { name: 'demo-w-2', role: 'worker' as const, state: 'planned' as const },
    ];
    const { evidence } = await verify(healthy, healthy, {
      kind: 'repair',
      half,
    });
    expect(evidence).toMatchObject({ nodes: ['demo-cp-1', 'demo-w-1'] });
    // While the cluster is made it belongs to it.
    const begun = performance.now();
    jest
      .spyOn(performance, 'now')
      .mockReturnValueOnce(begun)
      .mockReturnValue(begun + 3_600_000);
    await expect(verify(healthy, healthy, { half })).rejects.toThrow(
      'demo-w-2 has not joined',
    );
  });

  it('should record the CA and the nodes of a healthy cluster', async () => {
    const { evidence, progress, written } = await verify(healthy);
    expect(evidence).toEqual({
      nodes: ['demo-cp-1', 'demo-w-1'],
      kubernetesVersion: '1.36.3',
    });
    expect(progress).toEqual([]);
    expect(written).toEqual([
      ['c1', { apiServerCa: CA }],
      ['c1', 'demo-cp-1', { state: 'ready' }],
      ['c1', 'demo-w-1', { state: 'ready' }],
    ]);
  });

  it.each([
    ['demo-w-1 has not joined', { nodes: { items: [ready('demo-cp-1')] } }],
    [
      'demo-w-1 is not ready',
      {
        nodes: {
          items: [ready('demo-cp-1'), ready('demo-w-1', { status: 'Unknown' })],
        },
      },
    ],
    [
      'demo-w-1 runs Kubernetes v1.35.9',
      {
        nodes: {
          items: [
            ready('demo-cp-1'),
            ready('demo-w-1', { version: 'v1.35.9' }),
          ],
        },
      },
    ],
    ['DNS does not run yet', { deployment: { status: {} } }],
    ['DNS does not answer yet', { endpointslices: { items: [] } }],
    [
      'kubectl: the server could not be reached',
      { nodes: new Error('the server could not be reached') },
    ],
    ['kubectl gave no JSON', { nodes: '<html>' }],
  ])('should wait while %s', async (message, problem) => {
    const { progress } = await verify({ ...healthy, ...problem }, healthy);
    expect(progress).toEqual([message]);
  });

  it('should give up after three minutes and say why', async () => {
    const begun = performance.now();
    let looks = 0;
    jest
      .spyOn(performance, 'now')
      .mockImplementation(() => begun + looks++ * 60_000);
    await expect(
      verify({ ...healthy, deployment: { status: {} } }),
    ).rejects.toMatchObject({
      failure: {
        code: 'KUBESMITH-KUBERNETES-NOT-READY',
        class: 'transient',
        message: expect.stringContaining('DNS'),
      },
    });
  });

  it.each(['', 'not a certificate', `${CA}${CA}apiVersion: v1\n`])(
    'should not record %p as the CA',
    async ca => {
      await expect(
        verify({ ...healthy, configmap: { data: { 'ca.crt': ca } } }),
      ).rejects.toMatchObject({
        failure: { code: 'KUBESMITH-KUBERNETES-NOT-READY' },
      });
    },
  );
});
