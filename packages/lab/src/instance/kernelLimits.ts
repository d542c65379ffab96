import { readFileSync, writeFileSync } from 'node:fs';
import type { Progress } from './Progress.ts';
import { RequirementMissing } from './requirements.ts';

const INOTIFY_INSTANCES = '/proc/sys/fs/inotify/max_user_instances';

/**
 * Each host's systemd, containerd and kubelet watch files: about 15 inotify instances a host, all of them root's. Debian's
 * default of 128 is used up by a second cluster; then whoever comes next, the portal for one, dies with EMFILE.
 */
const LEAST_INOTIFY_INSTANCES = 2048;

/**
 * Raises the machine-wide limit that hosts need, and says so. It is never lowered: another lab may count on it, and it holds
 * until the machine starts anew.
 *
 * @throws RequirementMissing if the limit is too low and may not be raised
 */
export function raiseKernelLimits(
  progress: Progress,
  file = INOTIFY_INSTANCES,
): void {
  const before = Number(readFileSync(file, 'utf8'));
  if (before >= LEAST_INOTIFY_INSTANCES) return;
  try {
    writeFileSync(file, String(LEAST_INOTIFY_INSTANCES));
  } catch (error) {
    throw new RequirementMissing(
      `The hosts need fs.inotify.max_user_instances of ${LEAST_INOTIFY_INSTANCES}, it is ${before} and cannot be raised from here (${
        (error as Error).message
      }). As root of the machine: sysctl -w fs.inotify.max_user_instances=${LEAST_INOTIFY_INSTANCES}`,
    );
  }
  progress.line(
    ` • Raised fs.inotify.max_user_instances from ${before} to ${LEAST_INOTIFY_INSTANCES} (until the machine restarts)`,
  );
}
