import type { ProxmoxConnection } from '../../config/types';
import { testConfigData } from '../config';

/** Everybody of the tests orders here; room for 64 clusters of two nodes and more. */
export const LARGE = 'distributed-systems-2026';
/** Everybody orders here too; a pool of 53 addresses, and the same machine ids as {@link LARGE}. */
export const SMALL = 'research';

/** The `kubesmith:` section for tests with many orders at once. */
export function raceConfigData(
  proxmox?: ProxmoxConnection,
  { clonesAtOnce = 1000 }: { clonesAtOnce?: number } = {},
) {
  const data = testConfigData();
  const [large, small] = data.environments;
  const vmids = { first: 20_000, last: 20_999 };
  return {
    ...data,
    ...(proxmox && { proxmox }),
    capacity: { clonesAtOnce },
    environments: [
      {
        ...large,
        pool: {
          ...large.pool,
          cidr: '10.40.16.0/20',
          first: '10.40.17.0',
          last: '10.40.17.255',
        },
        proxmox: { ...large.proxmox, vmids },
      },
      {
        ...small,
        members: ['group:default/students'],
        pool: {
          name: 'research',
          cidr: '10.41.0.0/24',
          first: '10.41.0.201',
          last: '10.41.0.253',
          gateway: '10.41.0.254',
          dnsServers: ['10.41.0.254'],
        },
        proxmox: { ...small.proxmox, hosts: ['pve1', 'pve2', 'pve3'], vmids },
      },
    ],
  };
}
