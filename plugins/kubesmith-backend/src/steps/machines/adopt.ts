import type { StateMachine } from '../../tools/terraform/state';
import type { Context } from '../services';
import type { Finding } from './survey';

type Ours = Extract<Finding, { state: 'ours' }>;

const DISK = 'scsi0';
const TASK_LIMIT_MS = 5 * 60_000;
const UNITS: Record<string, number> = { M: 1 / 1024, G: 1, T: 1024 };

/** The size of a disk in GiB, from a machine's configuration; undefined when it does not say. */
export function diskGiB(
  option: string | number | undefined,
): number | undefined {
  const match = /(?:^|,)size=(\d+(?:\.\d+)?)([MGT])(?:,|$)/.exec(
    String(option ?? ''),
  );
  return match ? Number(match[1]) * UNITS[match[2]] : undefined;
}

/**
 * Machines that are proven ours but missing from the state, or tainted in it, as the module takes them in: node name to `HOST/VMID`. A clone
 * that was never configured has the template's small disk, which the provider refuses to grow on an imported machine (it
 * does not recognise a linked clone's volume as the machine's own), so that is done here first.
 */
export async function adopt(
  context: Context,
  findings: Finding[],
  known: StateMachine[],
): Promise<Record<string, string>> {
  // A tainted machine would be made again: it is forgotten and taken over instead.
  const names = new Set(
    known.filter(({ tainted }) => !tainted).map(({ node }) => node),
  );
  const orphans = findings.filter(
    (found): found is Ours =>
      found.state === 'ours' && !names.has(found.node.name),
  );
  for (const found of orphans) {
    context.event({
      node: found.node.name,
      message: `${found.node.name} exists already and is proven ours: taken over`,
    });
    await growDisk(context, found);
  }
  return Object.fromEntries(
    orphans.map(({ node, vm }) => [node.name, `${vm.node}/${vm.vmid}`]),
  );
}

async function growDisk(
  { services, signal, journal }: Context,
  { node, vm, config }: Ours,
): Promise<void> {
  const size = diskGiB(config[DISK]);
  if (size === undefined || size >= node.diskGiB) return;
  await journal(async () => {});
  const { proxmox } = services;
  const upid = await proxmox.resizeDisk(
    vm.node,
    vm.vmid,
    { disk: DISK, sizeGiB: node.diskGiB },
    { signal },
  );
  if (upid.startsWith('UPID:'))
    await proxmox.waitForTask(upid, { timeoutMs: TASK_LIMIT_MS, signal });
}
