import { turn } from './SimulatedHosts';

/** Tools are slow: a process may die and another one take over while one of them does a single thing. */
const TOOL_TURNS = 300;

/** A run of a tool that outlives who started it. */
export interface SimulatedRun {
  tool: string;
  clusterId: string;
  isOver: boolean;
  error?: Error;
  /** Set by a request to stop, and when everything on the place dies. */
  isStopped: boolean;
  listeners: Array<(event: unknown) => void>;
}

/**
 * SIMULATED: a data directory on a machine, with the tools that run there. Tools go on when a process dies, unless all die together.
 */
export class SimulatedPlace {
  readonly name: string;
  /** Terraform's local states: VMIDs by node, by cluster. */
  readonly states = new Map<string, Record<string, number>>();
  readonly runs: SimulatedRun[] = [];
  readonly #violations: string[];

  constructor(name: string, violations: string[]) {
    this.name = name;
    this.#violations = violations;
  }

  /** Runs of a tool that are not over. */
  live(tool: string, clusterId: string): SimulatedRun[] {
    return this.runs.filter(
      run => run.tool === tool && run.clusterId === clusterId && !run.isOver,
    );
  }

  /** @param work - throws when it finds itself stopped */
  start(
    tool: string,
    clusterId: string,
    others: SimulatedPlace[],
    work: (run: SimulatedRun) => Promise<void>,
  ): SimulatedRun {
    const beside = [this, ...others].flatMap(({ runs }) =>
      runs.filter(run => run.clusterId === clusterId && !run.isOver),
    );
    if (beside.length > 0)
      this.#violations.push(
        `(iii) ${tool} was started while ${beside[0].tool} worked on the cluster`,
      );
    const run: SimulatedRun = {
      tool,
      clusterId,
      isOver: false,
      isStopped: false,
      listeners: [],
    };
    this.runs.push(run);
    work(run)
      .catch(error => {
        run.error = error as Error;
      })
      .finally(() => {
        run.isOver = true;
      });
    return run;
  }

  /** As when a container is killed: every tool ends where it is. */
  async killTools(): Promise<void> {
    for (const run of this.runs) run.isStopped = true;
    await this.idle();
  }

  /** Waits until no tool runs. */
  async idle(): Promise<void> {
    while (this.runs.some(({ isOver }) => !isOver)) await turn();
    this.runs.length = 0;
  }
}

/** A point at which a tool may be stopped. */
export async function toolTurn(run: SimulatedRun): Promise<void> {
  for (let left = TOOL_TURNS; left > 0 && !run.isStopped; left -= 1)
    await turn();
  if (run.isStopped) throw new Error(`${run.tool} was stopped`);
}
