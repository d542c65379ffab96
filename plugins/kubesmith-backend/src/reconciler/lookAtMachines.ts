import type { EnvironmentConfig } from '../config/types';
import { hadMachine } from '../steps/machines/hadMachine';
import { type Finding, MAKING, surveyNode } from '../steps/machines/survey';
import { asFarAsKnown } from '../steps/removal/asFarAsKnown';
import { plainText } from '../tools/process/lines';
import { type Marker, parseMarker } from '../tools/proxmox/marker';
import { PveError } from '../tools/proxmox/PveError';
import type { PveVm, PveVmConfig } from '../tools/proxmox/types';
import { forEachAtOnce } from './atOnce';
import type { KnownCluster, Machines, Sighting, Unknowns } from './records';
import {
  type Judged,
  machineChanged,
  machineMissing,
  machineMoved,
  machineResized,
  machineRuns,
  machineStopped,
  strangerUnderOurId,
} from './sightings';

const AT_ONCE = 16;

/** A machine that is none of a live node, with what its notes say. */
export interface OtherMachine {
  vm: PveVm;
  environment: EnvironmentConfig;
  marker?: Marker;
  /** Missing when the portal may not read it. */
  config?: PveVmConfig;
}

/** What was seen behind the ids of live nodes. */
export async function lookAtNodes(options: {
  machines: Machines;
  vms: PveVm[];
  live: Map<string, KnownCluster>;
  /** Those for which Proxmox answers. */
  environments: EnvironmentConfig[];
  unknowns: Unknowns;
  signal: AbortSignal;
}): Promise<Sighting[]> {
  const { environments, live, machines, signal, unknowns } = options;
  const vms = new Map(options.vms.map(vm => [vm.vmid, vm]));
  const judged = [...live.values()]
    .filter(({ cluster, isBusy }) => cluster.phase !== 'deleting' && !isBusy)
    .flatMap(known => {
      const environment = environments.find(
        ({ name }) => name === known.cluster.environment,
      );
      return environment
        ? known.nodes
            .filter(node => node.removedAt === undefined && hadMachine(node))
            .map(node => ({ known, node, environment }))
        : [];
    });
  const sightings: Sighting[] = [];
  await forEachAtOnce(judged, AT_ONCE, async ({ environment, known, node }) => {
    const { pool } = environment.proxmox;
    const vm = vms.get(node.vmid);
    const finding = await surveyNode(
      machines,
      asFarAsKnown(node),
      vm,
      pool,
      signal,
    ).catch(unlessUnreadable);
    if (!finding || finding.state === 'busy' || vm?.status === 'unknown') {
      unknowns.vmids.add(node.vmid);
      return;
    }
    sightings.push(
      ...judge({ known, node, environment: environment.name }, finding, pool),
    );
  });
  return sightings;
}

function judge(judged: Judged, finding: Finding, pool: string): Sighting[] {
  switch (finding.state) {
    case 'absent':
      return [machineMissing(judged)];
    case 'hidden':
      return [machineChanged(judged, 'the portal may not see it')];
    case 'foreign':
      return finding.kind === 'stranger'
        ? [strangerUnderOurId(judged, finding.reason)]
        : [machineChanged(judged, finding.reason)];
    case 'ours':
      return judgeOurs(judged, finding.vm, finding.config, pool);
    default:
      return [];
  }
}

function judgeOurs(
  judged: Judged,
  vm: PveVm,
  config: PveVmConfig,
  pool: string,
): Sighting[] {
  const { known, node } = judged;
  const difference = sizeDifference(node, config);
  return [
    ...(known.cluster.phase === 'ready' && vm.status !== 'running'
      ? [machineStopped(judged, vm)]
      : []),
    ...(known.cluster.phase === 'hibernated' && vm.status === 'running'
      ? [machineRuns(judged, vm)]
      : []),
    ...(vm.node === node.host ? [] : [machineMoved(judged, vm, pool)]),
    ...(difference ? [machineResized(judged, difference)] : []),
  ];
}

/** In what a machine differs from its record, as "4 vCPU instead of 2"; undefined when in nothing. */
function sizeDifference(
  { memoryMiB, vcpu }: { memoryMiB: number; vcpu: number },
  config: PveVmConfig,
): string | undefined {
  const cores = Number(config.cores ?? 1) * Number(config.sockets ?? 1);
  const memory = Number(
    /(?:^|current=)(\d+)/.exec(String(config.memory ?? 512))?.[1],
  );
  const differences = [
    ...(cores === vcpu ? [] : [`${cores} vCPU instead of ${vcpu}`]),
    ...(memory === memoryMiB
      ? []
      : [`${memory} MiB of memory instead of ${memoryMiB}`]),
  ];
  return differences.length > 0
    ? plainText(differences.join(' and '), 200)
    : undefined;
}

/** The machines in our pools or among our ids that are none of a live node. */
export async function lookAtOthers(options: {
  machines: Machines;
  vms: PveVm[];
  /** VM ids of live nodes. */
  ours: Set<number>;
  environments: EnvironmentConfig[];
  unknowns: Unknowns;
  signal: AbortSignal;
}): Promise<OtherMachine[]> {
  const { environments, machines, ours, signal, unknowns } = options;
  const candidates = options.vms.flatMap(vm => {
    const environment =
      environments.find(({ proxmox }) => proxmox.pool === vm.pool) ??
      environments.find(
        ({ proxmox: { vmids } }) =>
          vm.vmid >= vmids.first && vm.vmid <= vmids.last,
      );
    return environment && !vm.template && !ours.has(vm.vmid)
      ? [{ vm, environment }]
      : [];
  });
  const others: OtherMachine[] = [];
  await forEachAtOnce(candidates, AT_ONCE, async ({ environment, vm }) => {
    if (vm.lock && MAKING.includes(vm.lock)) {
      unknowns.vmids.add(vm.vmid);
      return;
    }
    let config: PveVmConfig;
    try {
      config = await machines.vmConfig(vm.node, vm.vmid, { signal });
    } catch (error) {
      if (error instanceof PveError && error.isMissing) return;
      if (error instanceof PveError && error.status === 403)
        others.push({ vm, environment });
      else {
        unlessUnreadable(error);
        unknowns.vmids.add(vm.vmid);
      }
      return;
    }
    others.push({
      vm,
      environment,
      config,
      marker: parseMarker(config.description),
    });
  });
  return others;
}

/** A machine whose host does not answer is unknown; that nobody answers at all is for the caller. */
function unlessUnreadable(error: unknown): undefined {
  if (error instanceof PveError && error.status !== undefined) return undefined;
  throw error;
}
