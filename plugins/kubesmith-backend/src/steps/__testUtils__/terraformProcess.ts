import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from '../../engine/__testUtils__/engineDatabase';

/** The pid of the Terraform that works on a cluster right now; waits for one. */
export async function terraformPid(
  dataDirectory: string,
  clusterId: string,
): Promise<number> {
  const runs = join(dataDirectory, 'clusters', clusterId, 'terraform-runs');
  return eventually(async () => {
    const names = (await readdir(runs).catch(() => [] as string[])).sort();
    for (const name of names.reverse()) {
      const files = await readdir(join(runs, name));
      if (files.includes('exit.json') || !files.includes('run.json')) continue;
      const { child } = JSON.parse(
        await readFile(join(runs, name, 'run.json'), 'utf8'),
      ) as { child: { pid: number } | null };
      if (child) return child.pid;
    }
    return undefined;
  }, 'a run of Terraform');
}

/** The pid of the provider of a running Terraform; waits for it. */
export async function providerPid(terraform: number): Promise<number> {
  return eventually(async () => {
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(parent) !== terraform || state === 'Z') continue;
      if (stat.includes('(terraform-provi')) return Number(name);
    }
    return undefined;
  }, "Terraform's provider");
}
