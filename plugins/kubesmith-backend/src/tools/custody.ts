/**
 * The right to let tools work on a cluster's machines. Another machine may have had it before, and may have it after us; what
 * must not be lost then is kept where all of them find it.
 */
export interface Custody {
  /** Waits until no tool of another machine may still run, and notes that ours may. Rejects with the signal's reason. */
  take(signal?: AbortSignal): Promise<void>;
  /** Notes that none of ours runs any more. Does not fail: then the next machine waits a while for nothing. */
  leave(): Promise<void>;
  /** Terraform's state as it was kept last; undefined when there is none. */
  loadState(): Promise<Buffer | undefined>;
  /**
   * Keeps Terraform's state. Does not fail: what is not kept is rebuilt from what is there.
   *
   * @returns whether it was kept
   */
  saveState(content: Buffer): Promise<boolean>;
}

/** For a folder that nobody else knows of. */
export const soleCustody: Custody = {
  async take() {},
  async leave() {},
  async loadState() {
    return undefined;
  },
  async saveState() {
    return true;
  },
};
