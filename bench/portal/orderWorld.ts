/* eslint-disable @backstage/no-relative-monorepo-imports -- the product's own parts with the doubles of its tests */
import { createEngine } from '../../plugins/kubesmith-backend/src/engine/createEngine';
import { simulatedKubectl } from '../../plugins/kubesmith-backend/src/engine/__testUtils__/crash/simulatedKubectl';
import type {
  OutsideWorld,
  OutsideWorldOptions,
} from '../../plugins/kubesmith-backend/src/outsideWorld';
import { noMachines } from '../../plugins/kubesmith-backend/src/reconciler/__testUtils__/noMachines';
import {
  simulatedShell,
  wellGuests,
} from '../../plugins/kubesmith-backend/src/steps/__testUtils__/simulatedGuest';
import { ProxmoxClient } from '../../plugins/kubesmith-backend/src/tools/proxmox/ProxmoxClient';
import type { SshPool } from '../../plugins/kubesmith-backend/src/tools/ssh/SshPool';

/**
 * The real engine with real Terraform at the configured Proxmox. SIMULATED are the nodes: logging in succeeds, kubectl answers that
 * all is well, nobody answers on other addresses.
 */
export async function orderWorld(
  options: OutsideWorldOptions,
): Promise<OutsideWorld> {
  options.redactor.add(options.config.proxmox.tokenSecret);
  const proxmox = await ProxmoxClient.create(options.config.proxmox);
  const kubectl = simulatedKubectl(options.clusters);
  const { probe } = noMachines;
  const engine = createEngine({
    ...options,
    kubectl,
    probe,
    proxmox,
    ssh: {
      exec: simulatedShell(wellGuests()),
      closeCluster() {},
    } as unknown as SshPool,
  });
  return {
    ...noMachines,
    engine,
    hypervisor: proxmox,
    inspectEnvironment: async () => [],
    kubectl,
    machines: proxmox,
    close: () => proxmox.close(),
  };
}
