/**
 * Imitates a host's list of bridges and the datacenter's firewall options (pve-manager `API2/Network.pm`, pve-firewall
 * `API2/Firewall/Cluster.pm`). Left out: other interfaces, changes, vnets; the firewall is off.
 */
import type { Context } from '../context.ts';
import type { Router } from '../router.ts';

/** The calls about bridges and the firewall. */
export function bridgeRoutes(router: Router, context: Context): void {
  const { access, config } = context;

  router.add('GET', '/nodes/{node}/network', ({ user, params }) =>
    config.bridges
      .filter(
        bridge =>
          // Only lists of bridges leave out what one may not use.
          !params.type?.startsWith('any_') ||
          ['SDN.Audit', 'SDN.Use'].some(privilege =>
            access.has(user, `/sdn/zones/localnetwork/${bridge}`, privilege),
          ),
      )
      .map(iface => ({
        iface,
        type: 'bridge',
        active: 1,
        autostart: 1,
        bridge_vlan_aware: 1,
        method: 'manual',
        method6: 'manual',
        families: ['inet'],
        priority: 3,
      })),
  );

  router.add('GET', '/cluster/firewall/options', () => ({ enable: 0 }));
}
