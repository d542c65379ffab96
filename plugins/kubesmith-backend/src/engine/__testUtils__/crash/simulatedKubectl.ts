import type { ClusterStore } from '../../../database/ClusterStore';
import type { KubectlRunner } from '../../../tools/ssh/kubectl';

const CERTIFICATE =
  '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

/** What is done to a node needs no answer. */
const SILENT = ['drain', 'uncordon', 'delete'];

/**
 * kubectl of a cluster that is not there: all its nodes are ready in the ordered version, DNS runs, and Pods move away from a
 * node at once.
 */
export function simulatedKubectl(clusters: ClusterStore): KubectlRunner {
  return {
    async run(clusterId, [verb, what]) {
      if (SILENT.includes(verb)) return { stdout: '', stderr: '', code: 0 };
      const answer = await answerTo(clusters, clusterId, what);
      return { stdout: JSON.stringify(answer), stderr: '', code: 0 };
    },
  };
}

async function answerTo(
  clusters: ClusterStore,
  clusterId: string,
  what: string,
) {
  switch (what) {
    case 'nodes': {
      const cluster = await clusters.get(clusterId);
      const kubeletVersion = `v${cluster!.spec.kubernetesVersion}`;
      return {
        items: (await clusters.nodes(clusterId)).map(({ name }) => ({
          metadata: { name },
          status: {
            conditions: [
              {
                type: 'Ready',
                status: 'True',
                lastHeartbeatTime: new Date().toISOString(),
              },
            ],
            nodeInfo: { kubeletVersion },
          },
        })),
      };
    }
    case 'deployment':
      return { status: { availableReplicas: 1 } };
    case 'endpointslices':
      return { items: [{ endpoints: [{ conditions: { ready: true } }] }] };
    case 'configmap':
      return { data: { 'ca.crt': CERTIFICATE } };
    default:
      throw new Error(`The simulated kubectl does not know '${what}'`);
  }
}
