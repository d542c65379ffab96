/** Imitates `PVE::GuestHelpers::check_vnet_access`: who may plug a machine into which bridge. Left out: SDN zones, trunks. */
import type { Access } from '../access.ts';
import { isNetwork, networkOf } from '../storedConfig.ts';

/** Requires SDN.Use on the bridge of each network card, or on its VLAN when it has a tag. */
export function requireBridges(
  access: Access,
  user: string,
  options: Readonly<Record<string, string | number>>,
): void {
  for (const key of Object.keys(options).filter(isNetwork).sort()) {
    const { bridge, tag } = networkOf(String(options[key]));
    if (!bridge) continue;
    const path = `/sdn/zones/localnetwork/${bridge}`;
    access.require(user, tag ? `${path}/${tag}` : path, 'SDN.Use');
  }
}
