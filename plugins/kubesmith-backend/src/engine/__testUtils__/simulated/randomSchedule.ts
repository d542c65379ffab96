import type { OperationRecord } from '../../records';
import { Random } from './random';
import type { SimulatedPlace } from './SimulatedPlace';
import type { SimulatedWorld } from './SimulatedWorld';
import { simulatedKinds } from './simulatedKinds';

/** What a schedule was made of, for counts. */
export interface ScheduleResult {
  kinds: string[];
  deaths: string[];
  retries: number;
}

const MAX_PROCESSES = 80;
const MAX_RETRIES = 12;

/**
 * One cluster from order to end: created, changed by random operations, deleted at a random moment. Processes die at random
 * moments, alone or with their tools; the next one is on the same place or on the other; local state is lost, Proxmox fails.
 *
 * @throws Error with the seed when an invariant is broken, or something does not come to its end
 */
export async function randomSchedule(
  world: SimulatedWorld,
  seed: number,
): Promise<ScheduleResult> {
  const random = new Random(seed);
  const result: ScheduleResult = { kinds: [], deaths: [], retries: 0 };
  const name = `s${seed}`;
  const { clusterId, operationId } = await world.order(name);
  const run = (id: string) => carryThrough(world, random, result, id);

  // A deletion may come while it is created.
  const early = random.chance(0.2);
  result.kinds.push('create');
  if (early) {
    await world.work({
      lifetime: 1 + random.below(40),
      place: world.places[0],
    });
  } else {
    await run(operationId);
    await expectPhase(world, clusterId, 'ready');
    for (let left = random.below(4); left > 0; left -= 1) {
      const { phase } = (await world.db.clusters.get(clusterId))!;
      const possible = simulatedKinds.filter(({ from }) =>
        from.includes(phase),
      );
      if (possible.length === 0) break;
      const { begin, kind, to, input } = random.pick(possible);
      result.kinds.push(kind);
      await run(
        begin
          ? await begin(world, clusterId, random)
          : await world.request(clusterId, kind, input),
      );
      await expectPhase(world, clusterId, to);
    }
  }
  result.kinds.push('delete');
  await run(await world.request(clusterId, 'delete'));
  await expectGone(world, clusterId);
  return result;
}

/** Processes come and go until the operation is over; one that failed is retried. */
async function carryThrough(
  world: SimulatedWorld,
  random: Random,
  result: ScheduleResult,
  id: string,
): Promise<OperationRecord> {
  let place = await moveTo(world, random.pick(world.places));
  let retries = 0;
  for (let count = 0; count < MAX_PROCESSES; count += 1) {
    const lifetime = random.chance(0.75) ? 1 + random.below(45) : Infinity;
    if (random.chance(0.05)) world.hosts.failing = 1 + random.below(3);
    const death = await world.work({ lifetime, place });
    await check(world);
    if (death) {
      result.deaths.push(death);
      if (random.chance(0.2)) await place.killTools();
      if (random.chance(0.3))
        place = await moveTo(world, random.pick(world.places));
      if (random.chance(0.05)) {
        await place.idle();
        place.states.clear();
      }
    }
    const operation = (await world.db.operations.get(id))!;
    if (operation.status === 'succeeded') return operation;
    if (operation.status === 'failed') {
      retries += 1;
      if (retries > MAX_RETRIES)
        throw new Error(`(vi) does not end: ${operation.failure?.message}`);
      await world.db.operations.retry(id);
    }
    await world.hurry();
  }
  const operation = (await world.db.operations.get(id))!;
  throw new Error(
    `(vi) no end after many processes: ${JSON.stringify({
      kind: operation.kind,
      status: operation.status,
      steps: operation.steps.map(
        ({ name, status, failure }) =>
          `${name} ${status} ${failure?.message ?? ''}`,
      ),
      deaths: result.deaths.slice(-5),
    })}`,
  );
}

/** Another replica begins only when no tool of the others can be at work any more: see replicas.long.test.ts. */
async function moveTo(
  world: SimulatedWorld,
  place: SimulatedPlace,
): Promise<SimulatedPlace> {
  for (const other of world.places)
    if (other !== place) await other.killTools();
  return place;
}

async function check(world: SimulatedWorld): Promise<void> {
  const problems = await world.problems();
  if (problems.length > 0) throw new Error(problems.join('; '));
}

async function expectPhase(
  world: SimulatedWorld,
  clusterId: string,
  wanted: string,
): Promise<void> {
  const { phase } = (await world.db.clusters.get(clusterId))!;
  if (phase !== wanted)
    throw new Error(`(vi) the cluster is ${phase}, not ${wanted}`);
  for (const node of await world.db.clusters.liveNodes(clusterId)) {
    const machine = world.hosts.machines.get(node.vmid);
    if (!machine) throw new Error(`(ii) ${node.name} has no machine`);
    if (node.wanted) throw new Error(`(ii) ${node.name} is not resized`);
    if (machine.vcpu !== undefined && machine.vcpu !== node.vcpu)
      throw new Error(`(ii) ${node.name} has ${machine.vcpu} vCPU`);
    if (machine.uuid !== node.smbiosUuid)
      throw new Error(`(ii) ${node.name} has another UUID`);
    if (machine.isRunning !== (wanted !== 'hibernated'))
      throw new Error(`(ii) ${node.name} runs: ${machine.isRunning}`);
    const { clones, removals } = world.hosts;
    const times = (list: number[]) =>
      list.filter(vmid => vmid === node.vmid).length;
    if (times(clones) !== 1 || times(removals) !== 0)
      throw new Error(`(ii) ${node.name} was cloned ${times(clones)} times`);
  }
}

async function expectGone(world: SimulatedWorld, clusterId: string) {
  const { knex, clusters } = world.db;
  const left = {
    phase: (await clusters.get(clusterId))!.phase,
    machines: world.hosts.machines.size,
    addresses: (await knex('ip_addresses').whereIn('state', ['held', 'bound']))
      .length,
    secrets: (await knex('secrets')).length,
    workspaces: (await knex('workspaces')).length,
  };
  const wanted =
    '{"phase":"deleted","machines":0,"addresses":0,"secrets":0,"workspaces":0}';
  if (JSON.stringify(left) !== wanted)
    throw new Error(`(vi) something is left: ${JSON.stringify(left)}`);
}
