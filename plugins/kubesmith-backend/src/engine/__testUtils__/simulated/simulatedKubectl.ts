import type { ClusterStore } from '../../../database/ClusterStore';
import type { KubectlRunner } from '../../../tools/ssh/kubectl';
import { simulatedKubectl as healthy } from '../crash/simulatedKubectl';
import type { SimulatedHosts } from './SimulatedHosts';

/** SIMULATED: answers as a healthy cluster does while its control plane runs; nodes that are off are not heard of. */
export function simulatedKubectl(
  clusters: ClusterStore,
  hosts: SimulatedHosts,
): KubectlRunner {
  const ofWell = healthy(clusters);
  return {
    async run(clusterId, args, options) {
      const nodes = await clusters.liveNodes(clusterId);
      const isUp = (name: string) =>
        nodes.some(
          node =>
            node.name === name && hosts.machines.get(node.vmid)?.isRunning,
        );
      const controlPlane = nodes.find(({ role }) => role === 'control-plane')!;
      if (!isUp(controlPlane.name))
        return { stdout: '', stderr: 'connection refused', code: 1 };
      const answer = await ofWell.run(clusterId, args, options);
      if (args[1] !== 'nodes') return answer;
      const list = JSON.parse(answer.stdout);
      for (const { metadata, status } of list.items)
        if (isUp(metadata.name))
          status.conditions[0].lastHeartbeatTime = new Date(
            Date.now() + 1000,
          ).toISOString();
        else status.conditions[0].status = 'Unknown';
      return { ...answer, stdout: JSON.stringify(list) };
    },
  };
}
