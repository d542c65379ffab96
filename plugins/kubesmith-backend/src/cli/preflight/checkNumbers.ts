import { parseCidr, parseIpv4 } from '../../pools/ipv4';
import { configuredAddresses } from '../../tools/proxmox/addressesInUse';
import { counted } from './Checklist';
import type { EnvironmentScope } from './scope';

/** More than so many VMIDs are not asked for one by one. */
const MOST_ASKED = 2000;
const AT_ONCE = 8;
const NAMED = 5;

/** Looks for machines that are not ours in an environment's range of VMIDs. */
export async function checkVmids({
  environment,
  key,
  known,
  list,
  proxmox,
  vms,
}: EnvironmentScope): Promise<void> {
  const { pool, templateVmid, vmids } = environment.proxmox;
  const size = vmids.last - vmids.first + 1;
  if (templateVmid >= vmids.first && templateVmid <= vmids.last)
    list.problem(
      `The template ${templateVmid} is inside of the range of VMIDs ${vmids.first}-${vmids.last}`,
      `${key}.proxmox.vmids: choose a range that nothing else uses`,
    );
  const asked = Array.from(
    { length: Math.min(size, MOST_ASKED) },
    (_, index) => vmids.first + index,
  );
  const taken = await takenOf(asked, vmid => proxmox.isFree(vmid));
  const ours = (vmid: number) =>
    known?.has(vmid) || vms.some(vm => vm.vmid === vmid && vm.pool === pool);
  const strangers = taken.filter(vmid => vmid !== templateVmid && !ours(vmid));
  if (strangers.length > 0)
    list.warning(
      `${counted(strangers.length, 'VMID')} of ${vmids.first}-${
        vmids.last
      } belong to machines of somebody else: ${strangers
        .slice(0, NAMED)
        .join(', ')}${
        strangers.length > NAMED ? ', …' : ''
      }; they are left out`,
      `${key}.proxmox.vmids: choose a range that nothing else uses`,
    );
  else
    list.ok(
      `The VMIDs ${vmids.first}-${vmids.last}: ${
        size - taken.length
      } free, none taken by somebody else${
        size > MOST_ASKED ? ` among the first ${MOST_ASKED}` : ''
      }`,
    );
}

async function takenOf(
  vmids: number[],
  isFree: (vmid: number) => Promise<boolean>,
): Promise<number[]> {
  const taken: number[] = [];
  const waiting = [...vmids];
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (
        let vmid = waiting.shift();
        vmid !== undefined;
        vmid = waiting.shift()
      )
        if (!(await isFree(vmid))) taken.push(vmid);
    }),
  );
  return taken.sort((a, b) => a - b);
}

/** Looks at an environment's range of addresses, and for machines that have one of them and are not ours. */
export async function checkAddresses(scope: EnvironmentScope): Promise<void> {
  const { environment, key, known, list, proxmox, vms } = scope;
  const { pool } = environment;
  const before = list.count('problem') + list.count('warning');
  checkRange(scope);
  if (!known) {
    list.info(
      `Who uses addresses of the pool ${pool.name} was not compared: the records could not be read`,
    );
    return;
  }
  for (const vm of vms) {
    if (known.has(vm.vmid)) continue;
    const config = await proxmox.vmConfig(vm.node, vm.vmid);
    const used = configuredAddresses(config).find(address =>
      isIn(address, pool),
    );
    if (used)
      list.warning(
        `The machine ${vm.vmid} (${vm.name}) has the address ${used} of the pool ${pool.name} and is in no record`,
        `give it another address, or choose other ends: ${key}.pool.first and .last`,
      );
  }
  if (list.count('problem') + list.count('warning') === before)
    list.ok(
      `The addresses ${pool.first}-${pool.last}: no other machine that the token sees has one`,
    );
}

function checkRange({ environment, key, list }: EnvironmentScope): void {
  const { cidr, first, gateway, last } = environment.pool;
  if (isIn(gateway, environment.pool))
    list.problem(
      `The gateway ${gateway} is inside of the range ${first}-${last}`,
      `${key}.pool.first and .last: leave the gateway out`,
    );
  for (const server of environment.pool.dnsServers) {
    if (server !== gateway && isIn(server, environment.pool))
      list.problem(
        `The name server ${server} is inside of the range ${first}-${last}`,
        `${key}.pool.first and .last: leave it out`,
      );
  }
  const { broadcast, network } = parseCidr(cidr)!;
  if (parseIpv4(first) === network || parseIpv4(last) === broadcast)
    list.problem(
      `The range ${first}-${last} holds the address of the network or of all hosts in ${cidr}`,
      `${key}.pool.first and .last: leave the first and the last address of ${cidr} out`,
    );
}

function isIn(
  address: string,
  range: { first: string; last: string },
): boolean {
  const value = parseIpv4(address);
  return (
    value !== undefined &&
    value >= parseIpv4(range.first)! &&
    value <= parseIpv4(range.last)!
  );
}
