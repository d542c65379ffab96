import type { LoggerService } from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import type { ClusterStore } from '../database/ClusterStore';
import type { OperationStore } from '../engine/OperationStore';
import type { EnvironmentSource } from '../environments/Environments';
import type { RestoreReport } from './compareRecords';
import { holdClusters } from './holdClusters';
import {
  type HighWaterMark,
  readMark,
  whyRestored,
  writeMark,
} from './highWaterMark';
import { RestoreStore } from './RestoreStore';
import { takeUnknownAddresses } from './unknownAddresses';

/** What the guard works with. */
export interface RestoreGuardDeps {
  knex: Knex;
  clusters: ClusterStore;
  operations: OperationStore;
  environments: EnvironmentSource;
  dataDirectory: string;
  logger: LoggerService;
  onClusterChanged: (clusterId: string) => void;
}

/** Proxmox is asked again after so long. */
const COMPARE_AGAIN_MS = 15_000;
const WARN_AGAIN_MS = 60_000;

/**
 * Notices that the database was put back from a backup while the world moved on, and then lets nothing be made or removed
 * before records and machines were compared. It compares how far the database is with how far it ever was, as far as this
 * data directory knows.
 */
export class RestoreGuard {
  readonly #deps: RestoreGuardDeps;
  readonly #store: RestoreStore;
  #written?: HighWaterMark;
  #compareAt = 0;
  #warnAt = 0;

  constructor(deps: RestoreGuardDeps) {
    this.#deps = deps;
    this.#store = new RestoreStore(deps.knex);
  }

  /** Looks once, before anybody can order something. Writes nothing into the folder. */
  async look(): Promise<void> {
    const { mark, restore } = await this.#store.status();
    const folder = await readMark(this.#deps.dataDirectory);
    const reason = folder && whyRestored(folder, mark);
    if (reason && !restore) await this.#detected(reason);
  }

  /**
   * Whether operations may be claimed. To be asked before each look for work.
   *
   * @param compare - asks Proxmox; may fail
   */
  async mayClaim(compare: () => Promise<RestoreReport>): Promise<boolean> {
    const { mark, restore } = await this.#store.status();
    if (restore?.state === 'detected') {
      await this.#compare(compare);
      return false;
    }
    if (restore) return true;
    this.#written ??= await readMark(this.#deps.dataDirectory);
    const reason = this.#written && whyRestored(this.#written, mark);
    if (reason) {
      await this.#detected(reason);
      return false;
    }
    await this.#keep(mark);
    return true;
  }

  async #detected(reason: string): Promise<void> {
    await this.#store.detected(reason);
    // What is accepted later is measured with the folder's mark of then.
    this.#written = undefined;
    this.#deps.logger.error(
      `KUBESMITH-DATABASE-RESTORED: ${reason} Nothing is made or removed before records and machines were compared; then run 'yarn kubesmith accept-restored-database'.`,
    );
  }

  async #compare(compare: () => Promise<RestoreReport>): Promise<void> {
    const { clusters, environments, knex, logger, operations } = this.#deps;
    if (performance.now() < this.#compareAt) return;
    this.#compareAt = performance.now() + COMPARE_AGAIN_MS;
    let report: RestoreReport;
    try {
      report = await compare();
    } catch (error) {
      logger.warn(
        'Records and machines could not be compared yet',
        error as Error,
      );
      return;
    }
    const { affected } = report;
    const current = [...(await environments.current())];
    const done = await knex.transaction(async tx => {
      if (!(await this.#store.compared(tx))) return false;
      await holdClusters(tx, { clusters, operations }, affected);
      await takeUnknownAddresses(tx, current, report);
      return true;
    });
    if (!done) return;
    affected.forEach(({ cluster }) => this.#deps.onClusterChanged(cluster.id));
    logger.warn(
      `Records and machines were compared after a restored backup: ${affected.length} clusters differ and are held, ${report.agreeing} agree, ${report.unknown.length} machines are unknown. 'yarn kubesmith accept-restored-database' shows them.`,
    );
  }

  async #keep(mark: HighWaterMark): Promise<void> {
    const known = this.#written;
    if (
      known?.databaseId === mark.databaseId &&
      known.generation === mark.generation &&
      known.lastEvent === mark.lastEvent
    )
      return;
    try {
      await writeMark(this.#deps.dataDirectory, mark);
      this.#written = mark;
    } catch (error) {
      // A full disk: the older mark stays, and notices less. Steps that need space say so themselves.
      if (performance.now() >= this.#warnAt)
        this.#deps.logger.warn(
          'Could not note in the data directory how far the database is',
          error as Error,
        );
      this.#warnAt = performance.now() + WARN_AGAIN_MS;
    }
  }
}
