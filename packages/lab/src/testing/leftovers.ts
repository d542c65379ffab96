import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Instance } from '../instance/Instance.ts';
import { Cgroup } from '../system/cgroups.ts';
import { allProcesses, readProc } from '../system/processes.ts';
import { unless } from '../system/errors.ts';

/** Everything on the machine that belongs to an instance, one line each: what "down" must leave none of. */
export async function leftovers(instance: Instance): Promise<string[]> {
  const files = [
    instance.folder,
    instance.namespacePath,
    instance.claims,
  ].filter(path => existsSync(path));
  const { directories } = await Cgroup.find(instance.cgroup);
  const traces = [...files, ...directories];
  for (const pid of await allProcesses()) {
    const command =
      (await readProc(pid, 'cmdline'))?.replaceAll('\0', ' ') ?? '';
    if (command.includes(`${instance.folder}/`))
      traces.push(`process ${pid}: ${command}`);
    // Mount namespaces differ, so each process is asked. A process that is just ending has none.
    const mounts = await unless(
      ['ENOENT', 'ESRCH', 'EINVAL', 'EACCES'],
      readFile(`/proc/${pid}/mountinfo`, 'utf8'),
    );
    for (const line of mounts?.split('\n') ?? []) {
      if (line.includes(`${instance.folder}/`))
        traces.push(`mount of process ${pid}: ${line}`);
    }
  }
  return traces;
}
