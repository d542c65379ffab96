import type { EnvironmentConfig } from '../config/types';
import { toStepError } from '../engine/failures';
import type { EnvironmentSource } from '../environments/Environments';
import { checkPrivileges } from '../steps/machines/privileges';
import type { ProbeAddress } from '../tools/network/probeAddress';
import { PveError } from '../tools/proxmox/PveError';
import { homeOf } from './homeOf';
import { judgeOther } from './judgeOthers';
import { lookAtAddresses, lookAtHeldAddresses } from './lookAtAddresses';
import { lookAtState } from './lookAtState';
import { lookAtNodes, lookAtOthers } from './lookAtMachines';
import { readClusters, readLiveClusters, type RecordSource } from './readKnown';
import type {
  AnswerRecord,
  KnownCluster,
  Machines,
  Sighting,
  Unknowns,
} from './records';

/** What a look works with. */
export interface LookDeps extends RecordSource {
  environments: EnvironmentSource;
  machines: Machines;
  probe: ProbeAddress;
}

/** What one look saw, and what it could not see. */
export interface Look {
  sightings: Sighting[];
  unknowns: Unknowns;
  answers: Omit<AnswerRecord, 'lookedAt'>[];
}

/** Without these the token sees less than there is, and machines would seem to be gone. */
const NEEDED = ['Pool.Audit', 'VM.Audit'];

/**
 * Joins records and Proxmox, and says where they do not agree. Changes nothing. What changes while it looks, what is being
 * worked on, and what Proxmox does not answer about, is unknown: nothing is said of it.
 */
export async function look(deps: LookDeps, signal: AbortSignal): Promise<Look> {
  const all = [...(await deps.environments.current())];
  const unknowns: Unknowns = {
    environments: new Set(),
    clusterIds: new Set(),
    vmids: new Set(),
    subjects: new Set(),
  };
  try {
    return await lookWith(deps, all, unknowns, signal);
  } catch (error) {
    if (!(error instanceof PveError) || signal.aborted) throw error;
    return {
      sightings: [],
      unknowns: {
        ...unknowns,
        environments: new Set(all.map(({ name }) => name)),
      },
      answers: all.map(({ name }) => ({
        environment: name,
        answered: false,
        problem: problemOf(error),
      })),
    };
  }
}

async function lookWith(
  deps: LookDeps,
  all: EnvironmentConfig[],
  unknowns: Unknowns,
  signal: AbortSignal,
): Promise<Look> {
  const { knex, machines, probe } = deps;
  const before = await readLiveClusters(deps);
  const [vms, hosts] = await Promise.all([
    machines.vms({ signal }),
    machines.hosts({ signal }),
  ]);
  const down = hosts.filter(({ online }) => !online).map(({ node }) => node);
  const { answers, environments } = await askEnvironments(
    deps,
    all,
    down,
    signal,
  );
  for (const { answered, environment } of answers)
    if (!answered) unknowns.environments.add(environment);
  const ours = liveVmids(before);
  const common = { machines, vms, environments, unknowns, signal };
  const ofNodes = await lookAtNodes({ ...common, live: before });
  const others = await lookAtOthers({ ...common, ours });
  const addresses = await machines.addressesInUse(ours);

  const after = await readLiveClusters(deps);
  noteUnstable(before, after, unknowns);
  const marked = await readClusters(deps, [
    ...new Set(others.flatMap(({ marker }) => marker?.clusterId ?? [])),
  ]);
  const oursNow = new Set([...ours, ...liveVmids(after)]);
  const ofOthers = others
    .filter(({ vm }) => !oursNow.has(vm.vmid))
    .flatMap(other => {
      const known = other.marker && marked.get(other.marker.clusterId);
      const sighting = judgeOther(other, known);
      return sighting
        ? { ...sighting, ...homeOf(known?.cluster, sighting.environment, all) }
        : [];
    });
  const orphans = new Set(
    ofOthers
      .filter(({ kind }) => kind === 'orphan-machine')
      .map(({ vmid }) => vmid),
  );
  const ofAddresses = await lookAtAddresses({
    knex,
    environments,
    all,
    // Whose machine is about to be removed, the address is free again soon.
    others: addresses.filter(
      ({ vmid }) => !oursNow.has(vmid) && !orphans.has(vmid),
    ),
    probe,
    live: after,
    unknowns,
    signal,
  });
  const ofState = await lookAtState(knex, after, environments);
  const ofHeld = await lookAtHeldAddresses(knex, environments);
  const sightings = [
    ...ofNodes,
    ...ofOthers,
    ...ofAddresses,
    ...ofHeld,
    ...ofState,
  ].filter(
    ({ clusterId }) => !clusterId || !unknowns.clusterIds.has(clusterId),
  );
  return { sightings, unknowns, answers };
}

/** Clusters that are worked on, or changed while we looked. */
function noteUnstable(
  before: Map<string, KnownCluster>,
  after: Map<string, KnownCluster>,
  { clusterIds }: Unknowns,
): void {
  for (const id of new Set([...before.keys(), ...after.keys()])) {
    const [old, now] = [before.get(id), after.get(id)];
    if (old?.version !== now?.version || old?.isBusy || now?.isBusy)
      clusterIds.add(id);
  }
}

function liveVmids(live: Map<string, KnownCluster>): Set<number> {
  return new Set(
    [...live.values()].flatMap(({ nodes }) =>
      nodes
        .filter(({ removedAt }) => removedAt === undefined)
        .map(({ vmid }) => vmid),
    ),
  );
}

/** Which environments can be judged at all. */
async function askEnvironments(
  { machines }: LookDeps,
  all: EnvironmentConfig[],
  down: string[],
  signal: AbortSignal,
): Promise<{
  answers: Omit<AnswerRecord, 'lookedAt'>[];
  environments: EnvironmentConfig[];
}> {
  const answers: Omit<AnswerRecord, 'lookedAt'>[] = [];
  for (const { name, proxmox } of all) {
    const away = proxmox.hosts.filter(host => down.includes(host));
    try {
      await checkPrivileges(
        machines,
        { [`/pool/${proxmox.pool}`]: NEEDED },
        signal,
      );
      answers.push({
        environment: name,
        answered: true,
        problem:
          away.length > 0
            ? `Hosts that do not answer: ${away.join(
                ', ',
              )}. Machines there are not judged.`
            : undefined,
      });
    } catch (error) {
      // That nobody answers is for the caller.
      if (error instanceof PveError && error.status === undefined) throw error;
      answers.push({
        environment: name,
        answered: false,
        problem: problemOf(error),
      });
    }
  }
  const answered = new Set(
    answers.filter(one => one.answered).map(one => one.environment),
  );
  return {
    answers,
    environments: all.filter(({ name }) => answered.has(name)),
  };
}

function problemOf(error: unknown): string {
  const { code, message } = toStepError(error).failure;
  return `${code}: ${message}`;
}
