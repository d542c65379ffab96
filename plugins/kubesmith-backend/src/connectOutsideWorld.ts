import { createInspectEnvironment } from './cli/preflight/inspectEnvironment';
import { createEngine } from './engine/createEngine';
import { StepError } from './engine/failures';
import type { OutsideWorld, OutsideWorldOptions } from './outsideWorld';
import { KUBECTL_KEY_SECRET } from './orders/clusterKeys';
import { createAddressProbe } from './tools/network/probeAddress';
import { readServerCertificate } from './tools/network/serverCertificate';
import { ProxmoxClient } from './tools/proxmox/ProxmoxClient';
import { SshPool } from './tools/ssh/SshPool';
import { createKubectlRunner } from './tools/ssh/kubectl';

/** Connects to Proxmox and makes the engine with its tools. Nothing is asked of them yet. */
export async function connectOutsideWorld(
  options: OutsideWorldOptions,
): Promise<OutsideWorld> {
  const { clusters, config, redactor, secrets } = options;
  redactor.add(config.proxmox.tokenSecret);
  const proxmox = await ProxmoxClient.create(config.proxmox);
  const ssh = new SshPool();
  const kubectl = createKubectlRunner({
    pool: ssh,
    source: {
      nodes: clusterId => clusters.nodes(clusterId),
      async privateKey(clusterId) {
        const key = await secrets.get(clusterId, KUBECTL_KEY_SECRET);
        if (!key) {
          throw new StepError('KUBESMITH-SECRET-MISSING', {
            name: KUBECTL_KEY_SECRET,
          });
        }
        return key.toString();
      },
    },
  });
  const probe = createAddressProbe();
  const engine = createEngine({ ...options, kubectl, probe, proxmox, ssh });
  return {
    engine,
    hypervisor: proxmox,
    inspectEnvironment: createInspectEnvironment(proxmox, config.proxmox),
    kubectl,
    machines: proxmox,
    probe,
    readCertificate: readServerCertificate,
    async close() {
      ssh.close();
      await proxmox.close();
    },
  };
}
