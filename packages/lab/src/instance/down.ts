import { readFile, rm } from 'node:fs/promises';
import { Cgroup } from '../system/cgroups.ts';
import { signal, withAncestors } from '../system/processes.ts';
import { run } from '../system/run.ts';
import { waitFor } from '../system/wait.ts';
import { Claim } from './Claim.ts';
import type { Instance } from './Instance.ts';
import { deleteNamespace, processesInNamespace } from './namespace.ts';
import type { Progress } from './Progress.ts';
import { requireRoot } from './requirements.ts';

/**
 * Removes everything of an instance: processes, mounts, network namespace, cgroups and files. It needs no record of what was
 * started, so it works after any crash; what it touches is the instance's own by cgroup, network namespace or folder.
 */
export async function down(
  instance: Instance,
  progress: Progress,
): Promise<void> {
  requireRoot();
  const claim = new Claim(instance);
  await claim.take('down');
  try {
    const cgroup = await Cgroup.find(instance.cgroup);
    await progress.step('Stopping the portal and other guests', () =>
      endGuests(instance, cgroup),
    );
    await progress.step('Pulling the plug of hosts and services', async () => {
      await new Cgroup(
        cgroup.directories.map(directory => `${directory}/services`),
      ).kill();
      await cgroup.kill();
      await cgroup.remove();
    });
    await progress.step('Removing the network and the files', async () => {
      await deleteNamespace(instance);
      await unmountBelow(instance.folder);
      await rm(instance.folder, { recursive: true, force: true });
    });
    await claim.giveUp();
  } catch (error) {
    await claim.release();
    throw error;
  }
}

/** Ends what others run in the instance's network namespace, this command and its callers excepted. */
async function endGuests(instance: Instance, cgroup: Cgroup): Promise<void> {
  const own = await withAncestors(process.pid);
  const guests = async () => {
    const members = new Set(await cgroup.processes());
    return (await processesInNamespace(instance)).filter(
      pid => !own.has(pid) && !members.has(pid),
    );
  };
  for (const pid of await guests()) signal(pid, 'SIGTERM');
  await waitFor(async () => (await guests()).length === 0, {
    timeoutMs: 5_000,
    intervalMs: 50,
  });
  const gone = await waitFor(
    async () => {
      const left = await guests();
      for (const pid of left) signal(pid, 'SIGKILL');
      return left.length === 0;
    },
    { timeoutMs: 10_000, intervalMs: 50 },
  );
  if (!gone)
    throw new Error(
      `Processes in ${instance.namespace} that do not die: ${(
        await guests()
      ).join(', ')}`,
    );
}

/** Unmounts everything below a folder, the innermost first. */
async function unmountBelow(folder: string): Promise<void> {
  const points = (await readFile('/proc/self/mountinfo', 'utf8'))
    .trim()
    .split('\n')
    .map(line => unescape(line.split(' ')[4]!))
    .filter(point => point.startsWith(`${folder}/`));
  for (const point of points.reverse()) await run(['umount', '--', point]);
}

/** The kernel writes blanks and the like as a backslash and three octal digits. */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(parseInt(digits, 8)),
  );
}
