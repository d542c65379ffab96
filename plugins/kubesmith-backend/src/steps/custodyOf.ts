import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { STATE_FILE } from '../tools/terraform/TerraformWorkspace';
import type { Custody } from '../tools/custody';
import type { Context } from './services';

/** Terraform's state in the table of secrets. */
export const STATE_SECRET = 'terraform-state';

const POLL_MS = 2000;

/**
 * The custody of an operation's cluster: every write of it is fenced by the operation's lease.
 *
 * @param directory - the folder of the cluster's tools
 */
export function custodyOf(context: Context, directory: string): Custody {
  const { services, cluster, journal, logger } = context;
  const { workspaces, secrets } = services;
  let isTaken = false;
  return {
    async take(signal) {
      if (isTaken) return;
      if (await workspaces.isElsewhere(cluster.id))
        await forgetOldState(directory);
      for (;;) {
        const result = await journal(tx => workspaces.take(cluster.id, tx));
        isTaken = result.taken;
        if (result.taken) return;
        context.progress({
          message: `Waiting until no tool of another replica works on the cluster any more, for ${Math.ceil(
            result.waitMs / 1000,
          )} s at most`,
        });
        await delay(Math.min(result.waitMs, POLL_MS), undefined, { signal });
      }
    },
    async leave() {
      isTaken = false;
      await journal(tx => workspaces.leave(cluster.id, tx)).catch(error =>
        logger.warn('Could not note that no tool runs any more', error),
      );
    },
    async loadState() {
      return secrets.get(cluster.id, STATE_SECRET);
    },
    async saveState(content) {
      // An error here must not hide the one on its way.
      try {
        await journal(tx => secrets.put(cluster.id, STATE_SECRET, content, tx));
        return true;
      } catch (error) {
        logger.warn(
          "Could not keep a copy of Terraform's state",
          error as Error,
        );
        return false;
      }
    },
  };
}

/** What is here is from before the cluster went to another replica: what that one kept is newer. */
async function forgetOldState(directory: string): Promise<void> {
  for (const name of [STATE_FILE, `${STATE_FILE}.backup`])
    await rm(join(directory, name), { force: true });
}
