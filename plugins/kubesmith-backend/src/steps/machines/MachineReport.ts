import { setTimeout as delay } from 'node:timers/promises';
import { plainText } from '../../tools/process/lines';
import type { TerraformEvent } from '../../tools/terraform/events';
import type { Context } from '../services';

const POLL_MS = 1500;
/** Machines are made in the first part of the step; the rest is waiting for their systems. */
const SHARE = 60;
const DOING: Record<string, string> = {
  qmstart: 'Starting',
  resize: 'Growing the disk of',
  qmconfig: 'Configuring',
};

/** Turns what Terraform reports into progress, lines for people and the journal of each machine. */
export class MachineReport {
  readonly #context: Context;
  readonly #nodes: { name: string; vmid: number }[];
  readonly #done = new Set<string>();

  constructor(context: Context, nodes: { name: string; vmid: number }[]) {
    this.#context = context;
    this.#nodes = nodes;
  }

  /** For `onEvent` of a run. */
  readonly handle = (event: TerraformEvent, replayed: boolean): void => {
    const { services, cluster, event: tell, enqueue } = this.#context;
    if (event.type === 'diagnostic') {
      // Errors become the failure of the step, once they are understood.
      if (event.severity === 'warning' && !replayed) {
        tell({
          level: 'warn',
          node: event.node,
          message: plainText(event.summary, 300),
        });
      }
      return;
    }
    if (event.type === 'start' && event.action === 'create') {
      // The intent: what this machine was before, if it was, counts no more.
      enqueue(tx =>
        services.clusters.updateNode(
          cluster.id,
          event.node,
          { state: 'planned', sshHostKey: null },
          tx,
        ),
      );
      this.#show(`Cloning ${event.node}`, event.node);
    }
    if (event.type === 'complete' && event.action === 'create') {
      enqueue(tx =>
        services.clusters.updateNode(
          cluster.id,
          event.node,
          { state: 'created' },
          tx,
        ),
      );
      if (!replayed)
        tell({
          node: event.node,
          message: `${event.node} was created in ${event.seconds} s`,
        });
      this.#done.add(event.node);
      this.#show(`${this.#done.size} of ${this.#nodes.length} machines exist`);
    }
    if (event.type === 'errored' && !replayed) {
      tell({
        level: 'warn',
        node: event.node,
        message: `${event.node} could not be completed`,
      });
    }
  };

  /** Shows what Proxmox does while Terraform, which speaks every ten seconds only, waits for it. */
  async during<T>(work: Promise<T>): Promise<T> {
    const over = new AbortController();
    const watching = this.#watch(over.signal);
    try {
      return await work;
    } finally {
      over.abort();
      await watching;
    }
  }

  async #watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(POLL_MS, undefined, { signal }).catch(() => {});
      const tasks = await this.#context.services.proxmox
        .tasks({ signal })
        .catch(() => []); // Only for show.
      const task = tasks.find(
        ({ running, id, type }) => running && type in DOING && this.#nameOf(id),
      );
      if (task && !signal.aborted)
        this.#show(
          `${DOING[task.type]} ${this.#nameOf(task.id)}`,
          this.#nameOf(task.id),
        );
    }
  }

  #nameOf(vmid: string): string | undefined {
    return this.#nodes.find(node => String(node.vmid) === vmid)?.name;
  }

  #show(message: string, node?: string): void {
    const percent = Math.round(
      (this.#done.size / Math.max(1, this.#nodes.length)) * SHARE,
    );
    this.#context.progress({ message, node, percent });
  }
}
