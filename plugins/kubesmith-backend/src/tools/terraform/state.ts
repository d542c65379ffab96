import { readFile, rename } from 'node:fs/promises';

/** A machine as the state knows it. */
export interface StateMachine {
  node: string;
  vmid: number;
  host: string;
}

/** What is in a state file. */
export interface TerraformState {
  serial: number;
  machines: StateMachine[];
}

type RawState = {
  serial?: number;
  resources?: {
    mode?: string;
    type?: string;
    name?: string;
    instances?: {
      index_key?: unknown;
      attributes?: { vm_id?: unknown; node_name?: unknown };
    }[];
  }[];
};

/**
 * Reads a state file. A file that is missing has no machines; one that is broken (a full disk truncates it) is put aside and
 * counts as missing, because what exists is proven and imported anyway.
 */
export async function readState(
  path: string,
): Promise<{ state: TerraformState; putAside?: string }> {
  const empty = { serial: 0, machines: [] };
  const text = await readFile(path, 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
  if (text === undefined) return { state: empty };
  try {
    return { state: parseState(text) };
  } catch {
    const putAside = `${path}.broken-${Date.now()}`;
    await rename(path, putAside);
    return { state: empty, putAside };
  }
}

function parseState(text: string): TerraformState {
  const raw = JSON.parse(text) as RawState;
  if (typeof raw.serial !== 'number') throw new Error('no serial');
  const machines = (raw.resources ?? [])
    .filter(
      ({ mode, type, name }) =>
        mode === 'managed' &&
        type === 'proxmox_virtual_environment_vm' &&
        name === 'node',
    )
    .flatMap(({ instances }) => instances ?? [])
    .map(({ index_key: node, attributes }) => ({
      node: String(node),
      vmid: Number(attributes?.vm_id),
      host: String(attributes?.node_name),
    }));
  return { serial: raw.serial, machines };
}
