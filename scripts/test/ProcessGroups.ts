/** The process groups of suites that run: whoever ends the runner ends them too. */
export class ProcessGroups {
  readonly #running = new Set<number>();

  /** @param leader - the process that was started detached */
  add(leader: number): void {
    this.#running.add(leader);
  }

  /** To be said when the leader is gone. */
  remove(leader: number): void {
    this.#running.delete(leader);
  }

  /** Sends a signal to one group; one that is gone already is no error. */
  signal(leader: number, signal: NodeJS.Signals): void {
    try {
      process.kill(-leader, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Sends a signal to all. */
  signalAll(signal: NodeJS.Signals): void {
    for (const leader of this.#running) this.signal(leader, signal);
  }
}
