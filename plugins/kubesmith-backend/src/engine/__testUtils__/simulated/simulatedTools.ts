import { StepError } from '../../failures';
import { custodyOf } from '../../../steps/custodyOf';
import type { Context } from '../../../steps/services';
import type { Custody } from '../../../tools/custody';
import type {
  FollowOptions,
  PlaybookRun,
} from '../../../tools/ansible/AnsibleWorkspace';
import type { ExpectedState } from '../../../tools/terraform/state';
import type { TerraformRunOptions } from '../../../tools/terraform/TerraformWorkspace';
import {
  type SimulatedHosts,
  type SimulatedNode,
  turn,
} from './SimulatedHosts';
import {
  type SimulatedPlace,
  type SimulatedRun,
  toolTurn,
} from './SimulatedPlace';
import type { SimulatedProcess } from './SimulatedProcess';

/** Where the tools of a process run. */
export interface ToolScene {
  hosts: SimulatedHosts;
  place: SimulatedPlace;
  others: SimulatedPlace[];
  process: SimulatedProcess;
}

/** Follows a run to its end; a cancelled step stops it, any other abort leaves it alone. */
async function follow(
  { process }: ToolScene,
  run: SimulatedRun,
  {
    signal,
    onEvent,
  }: { signal: AbortSignal; onEvent?: (event: any, replayed: boolean) => void },
): Promise<void> {
  run.listeners.push(event => {
    if (process.isAlive && !signal.aborted) onEvent?.(event, false);
  });
  while (!run.isOver) {
    await process.hear(turn());
    if (signal.aborted) {
      run.isStopped = true;
      while (!run.isOver) await process.hear(turn());
      signal.throwIfAborted();
    }
  }
}

/** SIMULATED: what `TerraformWorkspace` is to steps; it works on the simulated hosts, with a state of its own. */
export class SimulatedTerraform {
  readonly #scene: ToolScene;
  readonly #clusterId: string;
  readonly #custody: Custody;

  constructor(context: Context, scene: ToolScene) {
    this.#scene = scene;
    this.#clusterId = context.cluster.id;
    this.#custody = custodyOf(context, `/does/not/exist/${context.cluster.id}`);
  }

  get #state(): Record<string, number> {
    const { states } = this.#scene.place;
    const state = states.get(this.#clusterId) ?? {};
    states.set(this.#clusterId, state);
    return state;
  }

  async state({ nodes }: Pick<ExpectedState, 'nodes'>) {
    await this.#custody.take();
    const kept = await this.#custody.loadState();
    const { states } = this.#scene.place;
    if (!states.has(this.#clusterId) && kept)
      states.set(this.#clusterId, JSON.parse(kept.toString('utf8')));
    const machines = Object.entries(this.#state)
      .filter(([name]) => nodes.some(node => node.name === name))
      .map(([node, vmid]) => ({ node, vmid, host: 'pve1', tainted: false }));
    return { state: { serial: 1, machines }, putAside: [] };
  }

  async settle(options: Pick<TerraformRunOptions, 'signal' | 'onEvent'>) {
    await this.#custody.take(options.signal);
    const live = this.#scene.place.live('terraform', this.#clusterId);
    for (const run of live) await this.#attend(run, options);
    return live.length > 0;
  }

  async stop(signal?: AbortSignal): Promise<void> {
    await this.#custody.take(signal);
    await stopAll(this.#scene, 'terraform', this.#clusterId);
    await this.#custody.leave();
  }

  async apply(options: TerraformRunOptions): Promise<void> {
    const { hosts } = this.#scene;
    const { nodes, adopt } = options.variables as {
      nodes: Record<string, SimulatedNode>;
      adopt: Record<string, string>;
    };
    await this.#run(options, async (run, tell) => {
      for (const [name, node] of Object.entries(nodes)) {
        const event = { node: name, action: 'create', seconds: 1 };
        await toolTurn(run);
        if (adopt[name]) this.#state[name] = node.vm_id;
        if (!(name in this.#state) || !hosts.machines.has(node.vm_id)) {
          tell({ type: 'start', ...event });
          await toolTurn(run);
          await hosts.clone(this.#clusterId, name, node);
          await toolTurn(run);
          await hosts.configure(node);
          await toolTurn(run);
          hosts.machines.get(node.vm_id)!.isRunning = true;
          this.#state[name] = node.vm_id;
          tell({ type: 'complete', ...event });
        } else {
          await hosts.configure(node);
          hosts.machines.get(node.vm_id)!.isRunning = true;
        }
      }
      // What the variables do not name is removed.
      for (const [name, vmid] of Object.entries(this.#state))
        if (!(name in nodes)) await this.#remove(run, name, vmid);
    });
  }

  async destroy(options: TerraformRunOptions): Promise<void> {
    await this.#run(options, async (run, tell) => {
      for (const [node, vmid] of Object.entries(this.#state)) {
        await this.#remove(run, node, vmid);
        tell({ type: 'complete', node, action: 'delete', seconds: 1 });
      }
    });
  }

  async import(node: string, id: string): Promise<void> {
    await this.#custody.take();
    this.#state[node] = Number(id.split('/')[1]);
    await this.#keep();
  }

  async forget(node: string): Promise<void> {
    await this.#custody.take();
    delete this.#state[node];
    await this.#keep();
  }

  async #remove(run: SimulatedRun, node: string, vmid: number) {
    const { hosts } = this.#scene;
    await toolTurn(run);
    const machine = hosts.machines.get(vmid);
    if (machine) {
      machine.isRunning = false;
      await toolTurn(run);
      hosts.machines.delete(vmid);
      hosts.removals.push(vmid);
    }
    delete this.#state[node];
  }

  async #run(
    options: TerraformRunOptions,
    work: (run: SimulatedRun, tell: (event: unknown) => void) => Promise<void>,
  ): Promise<void> {
    const { place, others, process } = this.#scene;
    await this.#custody.take(options.signal);
    await process.moment('before terraform');
    options.signal.throwIfAborted();
    const run = place.start('terraform', this.#clusterId, others, started =>
      work(started, event =>
        started.listeners.forEach(listener => listener(event)),
      ),
    );
    await process.moment('after terraform was started');
    await this.#attend(run, options);
    if (run.error)
      throw new StepError('KUBESMITH-PVE-OUTCOME-UNKNOWN', {
        detail: run.error.message,
      });
  }

  async #attend(
    run: SimulatedRun,
    options: Pick<TerraformRunOptions, 'signal' | 'onEvent'>,
  ): Promise<void> {
    try {
      await follow(this.#scene, run, options);
    } finally {
      await this.#keep();
      if (run.isOver) await this.#custody.leave();
    }
  }

  async #keep(): Promise<void> {
    await this.#custody.saveState(Buffer.from(JSON.stringify(this.#state)));
  }
}

/** SIMULATED: what `AnsibleWorkspace` is to steps; a playbook takes a few turns and changes nothing. */
export class SimulatedAnsible {
  readonly #scene: ToolScene;
  readonly #clusterId: string;
  readonly #custody: Custody;

  constructor(context: Context, scene: ToolScene) {
    this.#scene = scene;
    this.#clusterId = context.cluster.id;
    this.#custody = custodyOf(context, `/does/not/exist/${context.cluster.id}`);
  }

  async settle(
    options: FollowOptions,
  ): Promise<{ failure?: StepError } | undefined> {
    await this.#custody.take(options.signal);
    let result: { failure?: StepError } | undefined;
    for (const run of this.#scene.place.live('ansible', this.#clusterId)) {
      await follow(this.#scene, run, options);
      result = { failure: failureOf(run) };
    }
    await this.#custody.leave();
    return result;
  }

  async stop(signal?: AbortSignal): Promise<void> {
    await this.#custody.take(signal);
    await stopAll(this.#scene, 'ansible', this.#clusterId);
    await this.#custody.leave();
  }

  async run(playbook: PlaybookRun, options: FollowOptions): Promise<void> {
    const { place, others, process, hosts } = this.#scene;
    await this.#custody.take(options.signal);
    await process.moment('before ansible');
    options.signal.throwIfAborted();
    const addresses = playbook.knownHosts
      .trim()
      .split('\n')
      .map(line => line.split(' ')[0]);
    const run = place.start(
      'ansible',
      this.#clusterId,
      others,
      async started => {
        for (let task = 0; task < 3; task += 1) {
          await toolTurn(started);
          for (const address of addresses) {
            const machine = [...hosts.machines.values()].find(
              found => found.address === address,
            );
            if (!machine?.isRunning)
              throw new Error(`${address} does not answer`);
          }
        }
      },
    );
    await process.moment('after ansible was started');
    await follow(this.#scene, run, options);
    await this.#custody.leave();
    const failure = failureOf(run);
    if (failure) throw failure;
  }
}

function failureOf({ error }: SimulatedRun): StepError | undefined {
  return (
    error &&
    new StepError('KUBESMITH-PLAYBOOK-TRANSIENT', {
      task: 'simulated',
      node: 'simulated',
      detail: error.message,
    })
  );
}

async function stopAll(
  { place, process }: ToolScene,
  tool: string,
  clusterId: string,
): Promise<void> {
  for (const run of place.live(tool, clusterId)) {
    run.isStopped = true;
    while (!run.isOver) await process.hear(turn());
  }
}
