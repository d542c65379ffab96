import type { ClusterRecord, NodeRecord } from '../database/records';
import { toStepError } from '../engine/failures';
import type { ReadServerCertificate } from '../tools/network/serverCertificate';
import { plainText } from '../tools/process/lines';
import type { KubectlRunner } from '../tools/ssh/kubectl';
import { lookAtCertificates } from './certificates';
import { judgeNodes, parseNodes, type KubernetesNode } from './nodes';
import type { ConditionRecord, Observation } from './records';

const CALL_MS = 15_000;

/** What is asked of clusters. */
export interface InsideDeps {
  kubectl: KubectlRunner;
  readCertificate: ReadServerCertificate;
}

/**
 * Looks into one ready cluster. Changes nothing there.
 *
 * @param before - what the last look saw: one look without an answer is no proof
 * @param now - milliseconds since the epoch, by the database's clock
 */
export async function lookInside(
  { kubectl, readCertificate }: InsideDeps,
  { cluster, nodes }: { cluster: ClusterRecord; nodes: NodeRecord[] },
  before: ConditionRecord[],
  now: number,
  signal?: AbortSignal,
): Promise<Observation[]> {
  const observed: Observation[] = [];
  const answer = await askNodes(kubectl, cluster.id, signal);
  if (typeof answer === 'string') {
    const last = before.find(({ type }) => type === 'reachable');
    observed.push(unreachable(answer, last?.status ?? 'true'));
    for (const type of ['nodes-present', 'nodes-ready', 'versions'] as const)
      observed.push({
        type,
        status: 'unknown',
        reason: 'NoAnswer',
        message: 'The cluster did not answer, so this is not known.',
      });
  } else {
    observed.push(
      {
        type: 'reachable',
        status: 'true',
        reason: 'Answers',
        message: 'The portal can ask the cluster.',
      },
      ...judgeNodes(
        answer,
        {
          names: nodes.map(({ name }) => name),
          kubernetesVersion: cluster.spec.kubernetesVersion,
        },
        now,
      ),
    );
  }
  if (cluster.apiServerCa)
    observed.push(
      await lookAtCertificates({
        controlPlanes: nodes.filter(({ role }) => role === 'control-plane'),
        ca: cluster.apiServerCa,
        read: readCertificate,
        now,
        signal,
      }),
    );
  return observed;
}

function unreachable(
  detail: string,
  last: ConditionRecord['status'],
): Observation {
  const common = { type: 'reachable', message: detail } as const;
  return last === 'true'
    ? {
        ...common,
        status: 'unknown',
        reason: 'NoAnswerOnce',
        nextStep: 'Nothing yet: it is looked at again in five minutes.',
      }
    : {
        ...common,
        status: 'false',
        reason: 'NoAnswer',
        nextStep:
          'Try kubectl yourself. If it does not answer either, see whether the machines of the control plane run, and ask the staff to look at them.',
      };
}

/** The nodes that Kubernetes has, or why it could not be asked, a sentence. */
async function askNodes(
  kubectl: KubectlRunner,
  clusterId: string,
  signal: AbortSignal | undefined,
): Promise<KubernetesNode[] | string> {
  try {
    const { code, stderr, stdout } = await kubectl.run(
      clusterId,
      ['get', 'nodes', '-o', 'json'],
      { timeoutMs: CALL_MS, signal },
    );
    if (code !== 0)
      return `kubectl: ${plainText(
        stderr.trim().split('\n').at(-1) ?? '',
        200,
      )}`;
    return parseNodes(stdout) ?? 'kubectl gave no list of nodes.';
  } catch (error) {
    signal?.throwIfAborted();
    return toStepError(error).failure.message;
  }
}
