import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { defineOperation, type StepAction } from '../../engine/definitions';
import type { OutsideWorldOptions } from '../../outsideWorld';

/** One line of the log that all replicas write: what a simulated step did, and in which process. */
export interface PerformedStep {
  what: 'begun' | 'done' | 'stopped';
  operationId: string;
  step: string;
  resumed: boolean;
  pid: number;
}

/** The file with a line of JSON for each {@link PerformedStep}. */
export const PERFORMED_FILE = 'performed.ndjson';

/**
 * Operations whose steps are simulated: each writes down that it runs, waits, and changes our records as the real one does.
 * A step does not end while there is a file `hold-<step>` in the folder.
 */
export function simulatedOperations(
  stores: Pick<OutsideWorldOptions, 'clusters' | 'pools' | 'room' | 'secrets'>,
  settings: { folder: string; stepMs: number },
) {
  const step = (
    name: string,
    change: StepAction<{}> = async () => {},
  ): { run: StepAction<{}> } => ({
    async run(context) {
      const note = (what: PerformedStep['what']) => {
        const line: PerformedStep = {
          what,
          operationId: context.operation.id,
          step: name,
          resumed: context.resumed,
          pid: process.pid,
        };
        // One small write to a file that is open for appending: lines of several processes do not mix.
        appendFileSync(
          join(settings.folder, PERFORMED_FILE),
          `${JSON.stringify(line)}\n`,
        );
      };
      note('begun');
      try {
        do {
          await delay(settings.stepMs, undefined, { signal: context.signal });
        } while (existsSync(join(settings.folder, `hold-${name}`)));
        context.signal.throwIfAborted();
      } catch {
        note('stopped');
        throw context.signal.reason;
      }
      await change(context);
      note('done');
    },
  });
  return {
    create: defineOperation<{}, 'create'>({
      kind: 'create',
      cancellable: true,
      retry: 'limited',
      steps: {
        machines: {
          ...step('machines', ({ cluster, journal, operation }) =>
            journal(async tx => {
              await stores.pools.bind(cluster.id, tx);
              await stores.room.settle(tx, operation.id);
            }),
          ),
          phase: 'provisioning',
        },
        kubernetes: { ...step('kubernetes'), phase: 'bootstrapping' },
        verify: {
          ...step('verify', ({ cluster, journal }) =>
            journal(tx =>
              stores.clusters.update(
                cluster.id,
                { apiServerCa: 'PEM of the CA' },
                tx,
              ),
            ),
          ),
          phase: 'verifying',
        },
        activate: step('activate', ({ cluster, journal }) =>
          journal(tx => stores.clusters.markReady(cluster.id, tx)),
        ),
      },
    }),
    delete: defineOperation<{}, 'delete'>({
      kind: 'delete',
      cancellable: false,
      retry: 'forever',
      steps: {
        destroy: { ...step('destroy'), phase: 'deleting' },
        release: step('release', ({ cluster, journal }) =>
          journal(async tx => {
            await stores.pools.release(cluster.id, tx);
            await stores.secrets.delete(cluster.id, undefined, tx);
            await stores.clusters.markDeleted(cluster.id, tx);
          }),
        ),
      },
    }),
  };
}
