import { type EnvironmentScope, gib } from './scope';

const GIB = 1024 ** 3;
const TIGHT = 0.1;

interface StorageRow {
  storage?: unknown;
  content?: unknown;
  active?: unknown;
  enabled?: unknown;
  shared?: unknown;
  avail?: unknown;
  total?: unknown;
}

/** Looks at the storage of an environment on each of its hosts that are online. */
export async function checkStorage(
  scope: EnvironmentScope,
  hosts: string[],
): Promise<void> {
  const { environment, key, list, proxmox } = scope;
  const { datastore } = environment.proxmox;
  for (const host of hosts) {
    const rows = (await proxmox.read(`/nodes/${host}/storage`)) as StorageRow[];
    const row = rows.find(({ storage }) => storage === datastore);
    if (!row) {
      list.problem(
        `The host ${host} has no storage ${datastore}, or the token may not see it`,
        `${key}.proxmox.datastore: give a storage that all hosts have (pvesm status)`,
      );
      continue;
    }
    if (Number(row.active ?? 1) !== 1 || Number(row.enabled ?? 1) !== 1) {
      list.problem(
        `The storage ${datastore} is not active on the host ${host}`,
        `pvesm set ${datastore} --disable 0, and look at pvesm status on ${host}`,
      );
      continue;
    }
    if (!String(row.content).split(',').includes('images')) {
      list.problem(
        `The storage ${datastore} is not for disks of machines (content: ${row.content})`,
        `pvesm set ${datastore} --content images`,
      );
      continue;
    }
    checkSharing(scope, host, row);
    checkSpace(scope, host, row);
    // A shared storage looks the same from everywhere.
    if (Number(row.shared) === 1) break;
  }
}

function checkSharing(
  { environment, key, list, vms }: EnvironmentScope,
  host: string,
  row: StorageRow,
): void {
  const { datastore, templateVmid } = environment.proxmox;
  const template = vms.find(({ vmid }) => vmid === templateVmid);
  if (Number(row.shared) === 1 || !template || template.node === host) return;
  list.problem(
    `The storage ${datastore} is not shared, so the host ${host} cannot clone the template, which is on ${template.node}`,
    `${key}.proxmox.hosts: leave ${template.node} only; or use a shared storage`,
  );
}

function checkSpace(
  { environment, list }: EnvironmentScope,
  host: string,
  row: StorageRow,
): void {
  const { datastore } = environment.proxmox;
  const avail = Number(row.avail ?? 0);
  const total = Number(row.total ?? 0);
  const smallest = Math.min(...environment.sizes.map(({ diskGiB }) => diskGiB));
  const where = Number(row.shared) === 1 ? '' : ` on the host ${host}`;
  const text = `The storage ${datastore}${where} has ${gib(avail)} of ${gib(
    total,
  )} free`;
  const remedy = `free space on ${datastore}: a full storage stops every machine on it`;
  if (avail < smallest * GIB) list.problem(text, remedy);
  else if (avail < total * TIGHT) list.warning(text, remedy);
  else list.ok(text);
}
