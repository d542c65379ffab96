import type { NodeRecord } from '../database/records';
import { plainText } from '../tools/process/lines';
import type { PveVm } from '../tools/proxmox/types';
import type { KnownCluster, Sighting } from './records';

/** A node of a cluster, and the environment whose machines are judged. */
export interface Judged {
  known: KnownCluster;
  node: NodeRecord;
  environment: string;
}

const MOST = 200;

/** What Proxmox and people on it wrote is data: one line, not too long. */
function quoted(text: string): string {
  return `'${plainText(text, 80)}'`;
}

function about(
  { known, node, environment }: Judged,
  sighting: Pick<Sighting, 'kind' | 'detail' | 'nextStep' | 'repair'>,
): Sighting {
  return {
    subject: `node/${known.cluster.id}/${node.name}/${node.vmid}`.slice(
      0,
      MOST,
    ),
    environment,
    clusterId: known.cluster.id,
    vmid: node.vmid,
    ...sighting,
  };
}

function titleOf({ known, node }: Judged): string {
  return `The machine ${node.vmid} of ${node.name} (cluster '${known.cluster.name}')`;
}

export function machineMissing(judged: Judged): Sighting {
  return about(judged, {
    kind: 'machine-missing',
    detail: `${titleOf(judged)} is gone: Proxmox has no machine with this id.`,
    nextStep:
      'Put it back from a backup in Proxmox, or have the owner replace the node or delete the cluster.',
  });
}

export function machineStopped(judged: Judged, vm: PveVm): Sighting {
  return about(judged, {
    kind: 'machine-stopped',
    detail: `${titleOf(judged)} on ${
      vm.node
    } does not run: Proxmox calls it ${quoted(vm.status)}.`,
    nextStep: 'Start it in Proxmox, or ask whoever stopped it.',
  });
}

export function machineRuns(judged: Judged, vm: PveVm): Sighting {
  return about(judged, {
    kind: 'machine-running',
    detail: `${titleOf(judged)} on ${
      vm.node
    } runs, although the cluster is hibernated.`,
    nextStep:
      'Shut it down in Proxmox, or have the owner wake the cluster: a part of a cluster that runs alone is of no use.',
  });
}

export function machineChanged(judged: Judged, reason: string): Sighting {
  return about(judged, {
    kind: 'machine-changed',
    detail: `${titleOf(judged)} is not proven ours any more: ${plainText(
      reason,
      200,
    )}.`,
    nextStep:
      'Put its name, pool, notes and UUID back as they were. Until then no operation touches it, and its address is held.',
  });
}

export function machineMoved(
  judged: Judged,
  vm: PveVm,
  pool: string,
): Sighting {
  const { node } = judged;
  return about(judged, {
    kind: 'machine-moved',
    detail: `${titleOf(judged)} is on the host ${vm.node}; the record says ${
      node.host
    }.`,
    nextStep: 'Nothing: the record follows by itself when this was seen twice.',
    repair: { what: 'follow-host', node, host: vm.node, pool },
  });
}

export function machineResized(judged: Judged, difference: string): Sighting {
  return about(judged, {
    kind: 'machine-resized',
    detail: `${titleOf(judged)} has ${difference}.`,
    nextStep:
      'Put it back in Proxmox, or change the size of the nodes on the page of the cluster; the next operation with machines puts the recorded size back.',
  });
}

export function strangerUnderOurId(judged: Judged, reason: string): Sighting {
  return about(judged, {
    kind: 'foreign-machine',
    detail: `Behind the machine id ${judged.node.vmid} of ${
      judged.node.name
    } (cluster '${
      judged.known.cluster.name
    }') there is somebody else's machine: ${plainText(reason, 200)}.`,
    nextStep:
      'Leave it alone unless you know whose it is. The node is lost: have the owner replace it or delete the cluster.',
  });
}

function aboutMachine(
  vm: PveVm,
  environment: string,
  sighting: Pick<
    Sighting,
    'kind' | 'clusterId' | 'detail' | 'nextStep' | 'repair'
  >,
): Sighting {
  return {
    subject: `machine/${vm.vmid}/${sighting.clusterId ?? '-'}`,
    environment,
    vmid: vm.vmid,
    ...sighting,
  };
}

function machineTitle(vm: PveVm): string {
  return `The machine ${vm.vmid} ${quoted(vm.name)} on ${vm.node}`;
}

/** A machine that is proven to be a node that the records deleted. */
export function orphanMachine(
  vm: PveVm,
  { known: { cluster }, node, environment }: Judged,
  pool: string,
): Sighting {
  const whose =
    cluster.phase === 'deleted'
      ? `is left of the cluster '${cluster.name}', which is deleted`
      : `was the node ${node.name} of the cluster '${cluster.name}', which does not have it any more`;
  return aboutMachine(vm, environment, {
    kind: 'orphan-machine',
    clusterId: cluster.id,
    detail: `${machineTitle(vm)} ${whose}.`,
    nextStep: 'Nothing: it is removed by itself when it was seen twice.',
    repair: { what: 'remove-machine', node, pool },
  });
}

/** A machine that bears our mark and is not proven to be any node of the records. */
export function unknownMachine(
  vm: PveVm,
  environment: string,
  mark: { clusterId: string; nodeName: string },
  reason: string,
): Sighting {
  return aboutMachine(vm, environment, {
    kind: 'unknown-machine',
    clusterId: mark.clusterId,
    detail: `${machineTitle(vm)} bears the mark of the node ${
      mark.nodeName
    }, but ${plainText(reason, 200)}.`,
    nextStep:
      'Find out whether it is a copy, or whether the database is an old backup. Remove it in Proxmox by hand when nobody needs it; if somebody does, take the mark out of its notes.',
  });
}

/** Somebody else's machine in our pool or among our ids. */
export function foreignMachine(
  vm: PveVm,
  environment: string,
  where: string,
): Sighting {
  return aboutMachine(vm, environment, {
    kind: 'foreign-machine',
    detail: `${machineTitle(vm)} is not one of the portal's, but ${where}.`,
    nextStep:
      'Ask its owner to give it another id or pool, or change the range of the environment. The portal leaves it alone.',
  });
}

/** An address that answers although the pool has given it to nobody, or to somebody else. */
export function addressInUse(address: {
  poolId: string;
  address: string;
  environment: string;
  vmid?: number;
  /** Who uses it, completes "The address is". */
  how: string;
  /** Says who holds it in the pool; missing when nobody does. */
  holder?: string;
}): Sighting {
  const { holder, poolId } = address;
  return {
    kind: 'address-in-use',
    subject: `address/${poolId}/${address.address}`,
    environment: address.environment,
    vmid: address.vmid,
    detail: `The address ${address.address} of the pool '${poolId}' ${plainText(
      address.how,
      200,
    )}, but ${
      holder ? `it is held by ${holder}` : 'the pool has given it to nobody'
    }.`,
    nextStep: holder
      ? 'Two machines with one address disturb each other: give the other machine another address.'
      : 'Give that machine another address, or take this one out of the pool. The pool does not give it out while this is seen.',
    ...(!holder && {
      repair: { what: 'withhold-address', poolId, address: address.address },
    }),
  };
}

/** Addresses that a deleted cluster still holds. */
export function addressesHeld(held: {
  clusterId: string;
  name?: string;
  environment: string;
  addresses: string[];
}): Sighting {
  const { addresses, clusterId, environment, name } = held;
  return {
    kind: 'address-held',
    subject: `held/${clusterId}`,
    environment,
    clusterId,
    detail: `${
      name
        ? `The cluster '${name}' is deleted`
        : `The records do not know the cluster ${clusterId}`
    } and still holds ${addresses.slice(0, 5).join(', ')}${
      addresses.length > 5 ? ` and ${addresses.length - 5} more` : ''
    }.`,
    nextStep: name
      ? 'Nothing: they are given back by themselves when this was seen twice and Proxmox says that the machines are gone.'
      : 'Find out whether the database is an old backup. They stay out of use until then.',
    ...(name && { repair: { what: 'free-addresses', clusterId } as const }),
  };
}

/** Terraform's state of a ready cluster is not in the database. */
export function stateMissing(cluster: {
  id: string;
  name: string;
  environment: string;
}): Sighting {
  return {
    kind: 'state-missing',
    subject: `state/${cluster.id}`,
    environment: cluster.environment,
    clusterId: cluster.id,
    detail: `The database has no Terraform state of the cluster '${cluster.name}'.`,
    nextStep:
      'Nothing at once: the next operation with its machines imports those that are proven ours. Find out who emptied the table of secrets, if more clusters are concerned.',
  };
}

/** Secrets, Terraform's state among them, of a deleted cluster. */
export function stateLeft(cluster: {
  id: string;
  name: string;
  environment: string;
}): Sighting {
  return {
    kind: 'state-left',
    subject: `state/${cluster.id}`,
    environment: cluster.environment,
    clusterId: cluster.id,
    detail: `The cluster '${cluster.name}' is deleted, and the database still has its keys or Terraform state.`,
    nextStep:
      'Nothing: they are removed by themselves when this was seen twice and Proxmox says that its machines are gone.',
    repair: { what: 'forget-secrets', clusterId: cluster.id },
  };
}
